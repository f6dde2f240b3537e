"""Double entry in whole cents.

Accounts are (owner, kind). Every payment is a transfer from a giver to a receiver: the cash of one falls and
that of the other rises, and each books its reason. Debits are positive, so each owner's books add up to zero
at any time, and so do cash, claims and guarantee calls over all owners.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum


class Account(IntEnum):
    """Kinds of accounts. A negative claim is a debt, a negative balance of revenue is income."""

    CASH = 0
    CLAIM = 1
    REVENUE = 2
    COST = 3
    GUARANTEE = 4
    RECOVERY = 5
    WRITE_OFF = 6


CASH = int(Account.CASH)
CLAIM = int(Account.CLAIM)
REVENUE = int(Account.REVENUE)
COST = int(Account.COST)
GUARANTEE = int(Account.GUARANTEE)
RECOVERY = int(Account.RECOVERY)
WRITE_OFF = int(Account.WRITE_OFF)


@dataclass(slots=True)
class Book:
    """The accounts of one owner."""

    owner: str
    balance: list[int] = field(default_factory=lambda: [0] * len(Account))


@dataclass(frozen=True, slots=True)
class Entry:
    """One transfer, as the trace shows it."""

    time: float
    giver: str
    giver_kind: int
    receiver: str
    receiver_kind: int
    cents: int
    memo: str


class Ledger:
    """All books of one replication; keeps single entries only if asked to record."""

    def __init__(self, record: bool = False) -> None:
        self.books: list[Book] = []
        self.entries: list[Entry] | None = [] if record else None

    def open(self, owner: str) -> Book:
        """A new owner's book."""
        book = Book(owner)
        self.books.append(book)
        return book

    def pay(
        self,
        time: float,
        giver: Book,
        giver_kind: int,
        receiver: Book,
        receiver_kind: int,
        cents: int,
        memo: str,
    ) -> None:
        """Cash from giver to receiver; each books the other side under its own kind."""
        if cents == 0:
            return
        giver.balance[CASH] -= cents
        giver.balance[giver_kind] += cents
        receiver.balance[CASH] += cents
        receiver.balance[receiver_kind] -= cents
        if self.entries is not None:
            self.entries.append(
                Entry(time, giver.owner, giver_kind, receiver.owner, receiver_kind, cents, memo)
            )

    def write_off(self, time: float, creditor: Book, debtor: Book, cents: int, memo: str) -> None:
        """A claim that is given up: no cash moves."""
        creditor.balance[WRITE_OFF] += cents
        creditor.balance[CLAIM] -= cents
        debtor.balance[CLAIM] += cents
        debtor.balance[WRITE_OFF] -= cents
        if self.entries is not None and cents:
            self.entries.append(Entry(time, creditor.owner, WRITE_OFF, debtor.owner, CLAIM, cents, memo))

    def faults(self) -> list[str]:
        """What does not add up: per owner, and cash, claims and guarantee calls over all owners."""
        faults = [
            f"books of {book.owner} add up to {sum(book.balance)} cents instead of 0"
            for book in self.books
            if sum(book.balance) != 0
        ]
        for kind in (CASH, CLAIM):
            total = sum(book.balance[kind] for book in self.books)
            if total:
                faults.append(f"{Account(kind).name.lower()} over all owners adds up to {total} cents, not 0")
        return faults
