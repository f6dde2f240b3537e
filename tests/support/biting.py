"""Small worlds made so that parameters bite: rich homes, poor ones, undecided, advised, of many sites."""

from __future__ import annotations

from tests.support.worlds import NO_IMITATION, everywhere, home, only

ACTIVITIES = (
    "goal_definition",
    "needs_analysis",
    "viability_analysis",
    "staff_involvement",
    "carrier_involvement",
)
HOME = "use_cases.documentation.types.nursing_home"
EAGER = (
    *NO_IMITATION,
    "adoption.innovation_pa=0.25",
    "default_risk.estate_headroom=0",  # worlds are built faster without it
    "viability.minimum_dscr=0",
)
RICH = (
    "design.order=[]",
    "viability.mission_weight.non_profit=1",
    "advice.share=0.5",
    f"{HOME}.gate_probability=0.5",
    f"{HOME}.sustain_probability=0.5",
)
BELIEVED = ("viability.optimism=9", "advice.optimism=9")
SURE = (f"{HOME}.gate_probability=1", f"{HOME}.sustain_probability=1", "operation.realised_sigma=0")
SHORT = ("run.horizon_months=84",)
LENDS = (
    *SHORT,
    *only("documentation"),
    'design.order=["bank_loan"]',
    "instruments.bank_loan.found_alone=1",
    "viability.mission_weight.non_profit=1",
    "underwriting.minimum_ticket_eur=1000",
    "underwriting.file_cost_eur=500",
)
PROMOTED = (
    'design.order=["iku148"]',
    "instruments.iku148.found_alone=1",
    "instruments.iku148.sizing.minimum_eur=1000",
)


def sure_of(instrument: str) -> tuple[str, ...]:
    """Settings by which one instrument alone is asked, found, and says yes to any amount."""
    at = f"instruments.{instrument}"
    return (
        f'design.order=["{instrument}"]',
        f"{at}.found_alone=1",
        f"{at}.sizing.minimum_eur=1000",
        f"{at}.decision.probability=1",
    )


def homes(count: int, sites: int = 1, **changes: object) -> list[dict[str, object]]:
    """Homes with means of their own."""
    rich = {
        "digital_budget_eur_pa": 400_000 * sites,
        "liquidity_days": 200,
        "sites": sites,
        "places": 90 * sites,
    }
    return [home(f"home {k:03}", **{**rich, **changes}) for k in range(count)]


def poor(count: int) -> list[dict[str, object]]:
    """Homes without a digital budget, from safe and sound to weak and tight."""
    return [
        home(
            f"home {k:03}",
            digital_budget_eur_pa=0,
            pd_pa=0.003 + 0.05 * k / count,
            ebitda_margin=0.02 + 0.06 * ((7 * k) % count) / count,
        )
        for k in range(count)
    ]


def mixed(count: int) -> list[dict[str, object]]:
    """Non-profit, public and for-profit homes of one to three sites with a small budget."""
    forms = ("non_profit", "public", "for_profit")
    return [
        home(
            f"home {k:03}",
            legal_form=forms[k % 3],
            sites=1 + k % 3,
            places=90 * (1 + k % 3),
            digital_budget_eur_pa=15_000,
        )
        for k in range(count)
    ]


Rows = list[dict[str, object]]
OWN = (*EAGER, *SHORT, *RICH, *only("documentation"))
WORLDS: dict[str, tuple[Rows | None, tuple[str, ...]]] = {
    "homes": (homes(16), OWN),
    "staff": (homes(12), (*OWN, *SURE, "preparation.day_cost_eur=3000")),
    "long": (homes(10), (*OWN, "run.horizon_months=144")),
    "sites": (homes(12, sites=6), (*OWN, "adoption.innovation_pa=1")),
    "tight": (homes(8, sites=6, digital_budget_eur_pa=60_000), (*OWN, *SURE, "adoption.innovation_pa=1")),
    "ready": (homes(14, readiness=0.75), OWN),
    "slow consent": (
        homes(16),
        (*OWN, "advice.share=1", "implementation.consent.median_months=30",
         *everywhere("preparation.activities.*.done_advised", 1, ACTIVITIES)),
    ),
    "advised borrowers": (poor(16), (*EAGER, *LENDS, "advice.share=1", "underwriting.error_sd=1.5",
                                     "underwriting.advised_error_share=0")),
    "alone": (homes(20), (*OWN, "advice.share=0")),
    "advised": (
        homes(16),
        (*OWN, "advice.share=1", f"{HOME}.gate_probability=0.3", f"{HOME}.sustain_probability=0.3",
         *everywhere("preparation.activities.*.done_advised", 1, ACTIVITIES)),
    ),
    "narrow": (homes(16), (*OWN, "pilot.scope=0.1")),
    "troubled": (homes(16), (*OWN, "implementation.overrun_tail_probability=0.5")),
    "technology": (homes(14), (*OWN, "stress.fix.technology=[2,2,2,2,2,2,2]")),
    "prevention": (
        homes(16),
        (*EAGER, *SHORT, *RICH, *only("assistance"), "adoption.innovation_pa=3",
         *BELIEVED,
         "use_cases.assistance.types.nursing_home.gate_probability=1"),
    ),
    "machines": (
        homes(10),
        (*EAGER, *SHORT, *RICH, *BELIEVED, *only("robotics"), "adoption.innovation_pa=3"),
    ),
    "analytics": (
        homes(10),
        (*EAGER, *SHORT, *RICH, *BELIEVED, *only("preventive_analytics"), "adoption.innovation_pa=3"),
    ),
    "platforms": (
        homes(10, sites=6),
        (*EAGER, *SHORT, *RICH, *BELIEVED, "platforms.data_platform.share=1", "adoption.innovation_pa=1"),
    ),
    "many": (homes(8), (*EAGER, *SHORT, *RICH)),
    "imitators": (
        [row | {"land": ("NW", "BY", "SN", "BE")[k % 4]} for k, row in enumerate(homes(24))],
        (*OWN, "adoption.innovation_pa=0.02", "adoption.imitation_pa=3", "pilot.peer_slope=1",
         "use_cases.documentation.initial_share=0.15", "adoption.shrinkage_peers=200"),
    ),
    "retry": (homes(14), (*EAGER, *RICH, *only("documentation"), f"{HOME}.gate_probability=0.2")),
    "deciders": (mixed(18), (*EAGER, *SHORT, "advice.share=0.5", "design.order=[]")),
    "patient": (
        homes(20, digital_budget_eur_pa=8_000),
        (*EAGER, *SHORT, *only("documentation"), "viability.mission_weight.non_profit=1",
         'design.order=["foundation_grant"]', "design.retries=3", "design.patience_months=30",
         "instruments.foundation_grant.found_alone=1",
         "instruments.foundation_grant.decision.probability=0.3"),
    ),
    "committee": (
        homes(14),
        (*EAGER, *SHORT, *only("documentation"), "viability.mission_weight.non_profit=1", "advice.share=0.5",
         'design.order=["foundation_grant"]'),
    ),
    "borrowers": (poor(16), (*EAGER, *LENDS)),
    "files": (poor(16), (*EAGER, *LENDS, "underwriting.file_cost_eur=1500")),
    "covered": (poor(16), (*EAGER, *LENDS, *PROMOTED, "underwriting.file_cost_eur=1200",
                           "instruments.iku148.service.liability_exemption=0.5")),
    "safe": (homes(16, pd_pa=0.003, digital_budget_eur_pa=0),
             (*EAGER, *LENDS, *PROMOTED, "underwriting.file_cost_eur=1200", "underwriting.error_sd=0")),
    "guaranteed": (poor(16), (*EAGER, *LENDS, 'design.order=["bank_loan", "eif_guarantee"]')),
    "closed": (homes(16, digital_budget_eur_pa=0),
               (*EAGER, *LENDS, 'design.order=["erp512"]', "instruments.erp512.found_alone=1",
                "instruments.erp512.sizing.minimum_eur=1000")),
    # The investor is public here, so that what he gets back is a figure of its own.
    "investors": (homes(16),
                  (*EAGER, *LENDS, *sure_of("impact_revenue_share"), f"{HOME}.gate_probability=0.4",
                   f"{HOME}.freed_hours_per_place_year=30",
                   'instruments.impact_revenue_share.provider="social_fund"')),
    "campaigns": (homes(16), (*EAGER, *LENDS, *sure_of("crowd_donation"),
                              "instruments.crowd_donation.decision.probability=0.6")),
    "aided": (homes(14, digital_budget_eur_pa=10_000),
              (*EAGER, *LENDS, *sure_of("sgb11_8_8"), *sure_of("land_digital_grant"),
               'design.order=["land_digital_grant", "sgb11_8_8"]',
               "instruments.land_digital_grant.decision.budget_pa_eur=1e9")),
    "flexible": (poor(16), (*EAGER, *LENDS, 'design.order=["flexible_loan"]',
                            "instruments.flexible_loan.found_alone=1")),
    "mezzanine": (homes(14), (*EAGER, *LENDS, *sure_of("bfs_mezzanine"),
                              "instruments.bfs_mezzanine.decision.budget_pa_eur=1e9",
                              'instruments.bfs_mezzanine.provider="social_fund"')),
    "crowd loans": (homes(14), (*EAGER, *LENDS, *sure_of("crowd_lending"))),
    "fund": (poor(16), (*EAGER, *LENDS, 'design.order=["first_loss_fund"]',
                        "instruments.first_loss_fund.found_alone=1",
                        "instruments.first_loss_fund.sizing.share_of_cost=1",
                        "instruments.first_loss_fund.sizing.minimum_eur=1000",
                        "instruments.first_loss_fund.decision.probability=1")),
    "assembling": (
        homes(14, digital_budget_eur_pa=0),
        (*EAGER, *LENDS, 'design.order=["foundation_grant", "first_loss_fund", "bank_loan"]',
         *everywhere("instruments.*.found_alone", 1, ("foundation_grant", "first_loss_fund")),
         *everywhere("instruments.*.decision.probability", 1, ("foundation_grant", "first_loss_fund")),
         *everywhere("instruments.*.sizing.share_of_cost", 0.3, ("foundation_grant", "first_loss_fund")),
         *everywhere("instruments.*.sizing.minimum_eur", 1000, ("foundation_grant", "first_loss_fund"))),
    ),
    "sector": (None, (*EAGER, "run.horizon_months=72", "population.size=50")),
}  # fmt: skip
"""Rows (none: a synthesised population) and settings by name."""
