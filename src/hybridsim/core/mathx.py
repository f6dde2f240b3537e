"""Elementary functions in plain arithmetic: the same bits in Python, compiled, and on every CPU.

The C library's exp and log differ between CPUs in the last bit, and one bit can reorder events.
These use only ``+ - * /``, ``sqrt``, ``frexp``, ``ldexp`` and ``floor``, all exact or correctly
rounded under IEEE 754. Coefficients stand as literals inside the functions because Python loads
literals faster than globals, and the reference engine calls these millions of times. No function
raises; a NaN goes through, and outside its domain a function gives NaN.
"""

from __future__ import annotations

from math import floor, frexp, ldexp, sqrt

INF = float("inf")
NAN = float("nan")


def log(x: float) -> float:
    """Natural logarithm, error below 1 ulp; log(0) = -inf, log(inf) = inf, NaN below 0.

    Source: fdlibm ``e_log.c`` (Sun Microsystems 1993).
    """
    if not 0.0 < x < INF:
        if x == 0.0:
            return -INF
        return x if x > 0.0 else NAN
    mantissa, exponent = frexp(x)
    return log_of_parts(mantissa, float(exponent))


def log_of_parts(mantissa: float, exponent: float) -> float:
    """``log(mantissa 2^exponent)`` for a mantissa in [1/2, 1) and a whole exponent."""
    if mantissa < 0.7071067811865476:
        mantissa += mantissa
        exponent -= 1.0
    f = mantissa - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
    odd = z * (
        6.666666666666735130e-01
        + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01))
    )
    half_square = 0.5 * f * f
    return exponent * 6.93147180369123816490e-01 - (
        (half_square - (s * (half_square + (even + odd)) + exponent * 1.90821492927058770002e-10)) - f
    )


def exp(x: float) -> float:
    """Exponential, error below 1 ulp; inf above 709.7827, 0 below -745.1332, subnormal in between.

    Source: fdlibm ``e_exp.c`` (Sun Microsystems 1993).
    """
    if not -745.1332191019411 < x < 709.7827128933841:
        if x != x:
            return x
        return INF if x > 0.0 else 0.0
    k = floor(x * 1.44269504088896338700 + 0.5)
    high = x - k * 6.93147180369123816490e-01
    low = k * 1.90821492927058770002e-10
    r = high - low
    t = r * r
    c = r - t * (
        1.66666666666666019037e-01
        + t
        * (
            -2.77777777770155933842e-03
            + t
            * (
                6.61375632143793436117e-05
                + t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08)
            )
        )
    )
    return ldexp(1.0 - ((low - r * c / (2.0 - c)) - high), k)


def log1p_neg(p: float) -> float:
    """ln(1 - p) without loss for small p; -inf at p = 1, NaN above.

    The rounding error of ``1 - p`` is itself exact in floating point and is given back to first order.
    """
    rest = 1.0 - p
    if not 0.0 < rest < INF:
        return log(rest)
    return log(rest) + ((1.0 - rest) - p) / rest


def expit(x: float) -> float:
    """1 / (1 + exp(-x)), without overflow and with full relative accuracy on both sides."""
    if x >= 0.0:
        return 1.0 / (1.0 + exp(-x))
    e = exp(x)
    return e / (1.0 + e)


def logit(p: float) -> float:
    """ln(p / (1 - p)); -inf at 0, inf at 1, NaN outside [0, 1]."""
    if p == 1.0:
        return INF
    return log(p / (1.0 - p))


def powi(x: float, n: int) -> float:
    """x to the whole power n >= 0 by repeated squaring; powi(x, 0) = 1 for every x."""
    result = 1.0
    while n > 0:
        if n & 1:
            result *= x
        n >>= 1
        if n > 0:
            x *= x
    return result


def _gauss(y: float) -> float:
    """exp(-y*y/2) for y >= 0 with the square split so that its rounding does not grow with y."""
    if y > 40.0:
        return 0.0
    coarse = floor(y * 16.0) * 0.0625
    return exp(-0.5 * coarse * coarse) * exp(-0.5 * (y - coarse) * (y + coarse))


def norm_pdf(x: float) -> float:
    """Density of the standard normal distribution."""
    if x != x:
        return x
    return 0.3989422804014326779 * _gauss(abs(x))


def norm_cdf(x: float) -> float:
    """Standard normal distribution function, relative error about 1e-15 down to x = -37.5; 0 below -38.6.

    Source: W. J. Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23
    (1969), and ACM Algorithm 715 (1993).
    """
    y = abs(x)
    if y <= 0.67448975:
        z = x * x
        top = 0.065682337918207449113
        top = (
            ((top * z + 2.2352520354606839287) * z + 161.02823106855587881) * z + 1067.6894854603709582
        ) * z
        low = (((z + 47.20258190468824187) * z + 976.09855173777669322) * z + 10260.932208618978205) * z
        return 0.5 + x * (top + 18154.981253343561249) / (low + 45507.789335026729956)
    if y <= 5.656854249492380195:
        top = (1.0765576773720192317e-8 * y + 0.39894151208813466764) * y + 8.8831497943883759412
        top = ((top * y + 93.506656132177855979) * y + 597.27027639480026226) * y + 2494.5375852903726711
        top = ((top * y + 6848.1904505362823326) * y + 11602.651437647350124) * y + 9842.7148383839780218
        low = ((y + 22.266688044328115691) * y + 235.38790178262499861) * y + 1519.377599407554805
        low = ((low * y + 6485.558298266760755) * y + 18615.571640885098091) * y + 34900.952721145977266
        low = (low * y + 38912.003286093271411) * y + 19685.429676859990727
        tail = _gauss(y) * (top / low)
    elif y < 40.0:
        z = 1.0 / (y * y)
        top = (0.02307344176494017303 * z + 0.21589853405795699) * z + 0.1274011611602473639
        top = ((top * z + 0.022235277870649807) * z + 0.001421619193227893466) * z + 2.9112874951168792e-5
        low = ((z + 1.28426009614491121) * z + 0.468238212480865118) * z + 0.0659881378689285515
        low = (low * z + 0.00378239633202758244) * z + 7.29751555083966205e-5
        tail = _gauss(y) * (0.3989422804014326779 - z * top / low) / y
    elif y == y:
        tail = 0.0
    else:
        return x
    return tail if x < 0.0 else 1.0 - tail


def norm_ppf_centre(q: float) -> float:
    """Quantile of the standard normal distribution at ``0.5 + q``, for q from -0.425 to 0.425.

    The centre of :func:`norm_ppf`, without a branch: many at a time, if a compiler may.
    """
    r = 0.180625 - q * q
    top = 2.5090809287301226727e3 * r + 3.3430575583588128105e4
    top = ((top * r + 6.7265770927008700853e4) * r + 4.5921953931549871457e4) * r + 1.3731693765509461125e4
    top = ((top * r + 1.9715909503065514427e3) * r + 1.3314166789178437745e2) * r + 3.3871328727963666080
    low = 5.2264952788528545610e3 * r + 2.8729085735721942674e4
    low = ((low * r + 3.9307895800092710610e4) * r + 2.1213794301586595867e4) * r + 5.3941960214247511077e3
    low = ((low * r + 6.8718700749205790830e2) * r + 4.2313330701600911252e1) * r + 1.0
    return q * top / low


def norm_ppf(p: float) -> float:
    """Quantile of the standard normal distribution, relative error about 1e-16; -inf at 0, inf at 1.

    Source: M. J. Wichura, "Algorithm AS 241: The percentage points of the normal distribution",
    Applied Statistics 37 (1988), routine PPND16. NaN outside [0, 1].
    """
    q = p - 0.5
    if -0.425 <= q <= 0.425:
        return norm_ppf_centre(q)
    tail = p if q < 0.0 else 1.0 - p
    if not tail > 0.0:
        if tail == 0.0:
            return -INF if q < 0.0 else INF
        return NAN
    r = sqrt(-log(tail))
    if r <= 5.0:
        r -= 1.6
        top = 7.74545014278341407640e-4 * r + 2.27238449892691845833e-2
        top = (
            (top * r + 2.41780725177450611770e-1) * r + 1.27045825245236838258
        ) * r + 3.64784832476320460504
        top = ((top * r + 5.76949722146069140550) * r + 4.63033784615654529590) * r + 1.42343711074968357734
        low = 1.05075007164441684324e-9 * r + 5.47593808499534494600e-4
        low = ((low * r + 1.51986665636164571966e-2) * r + 1.48103976427480074590e-1) * r
        low = ((low + 6.89767334985100004550e-1) * r + 1.67638483018380384940) * r + 2.05319162663775882187
    else:
        r -= 5.0
        top = 2.01033439929228813265e-7 * r + 2.71155556874348757815e-5
        top = ((top * r + 1.24266094738807843860e-3) * r + 2.65321895265761230930e-2) * r
        top = ((top + 2.96560571828504891230e-1) * r + 1.78482653991729133580) * r + 5.46378491116411436990
        top = top * r + 6.65790464350110377720
        low = 2.04426310338993978564e-15 * r + 1.42151175831644588870e-7
        low = ((low * r + 1.84631831751005468180e-5) * r + 7.86869131145613259100e-4) * r
        low = (
            (low + 1.48753612908506148525e-2) * r + 1.36929880922735805310e-1
        ) * r + 5.99832206555887937690e-1
    x = top / (low * r + 1.0)
    return -x if q < 0.0 else x
