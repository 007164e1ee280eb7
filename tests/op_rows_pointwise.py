"""Rows: operations on each element."""
from op_table import Row, bools, data, ints

#: name: where its numbers are drawn (torch's own Bessel functions are off by 1e-9 to 1e-7 above 4, its Ai below -2)
UNARY = {
    "sqrt": (0.1, 9), "square": (-3, 3), "rsqrt": (0.1, 9), "reciprocal": (0.5, 4), "floor": (-3, 3), "ceil": (-3, 3),
    "frac": (-3, 3), "sign": (-3, 3), "sgn": (-3, 3), "exp2": (-2, 2), "exp": (-2, 2), "expm1": (-2, 2),
    "log": (0.1, 9), "log2": (0.1, 9), "log10": (0.1, 9), "log1p": (-0.5, 3), "sin": (-3, 3), "cos": (-3, 3),
    "tan": (-1, 1), "sinh": (-2, 2), "cosh": (-2, 2), "tanh": (-2, 2), "deg2rad": (-180, 180), "rad2deg": (-4, 4),
    "sinc": (-2, 2), "sigmoid": (-3, 3), "relu": (-3, 3), "conj": (-3, 3), "conj_physical": (-3, 3), "real": (-3, 3),
    "angle": (-3, 3), "isnan": (-3, 3), "isinf": (-3, 3), "isfinite": (-3, 3), "signbit": (-3, 3),
    "isposinf": (-3, 3), "isneginf": (-3, 3), "isreal": (-3, 3), "logical_not": (-3, 3), "logit": (0.1, 0.9),
    "erf": (-2, 2), "erfc": (-2, 2), "erfinv": (-0.9, 0.9), "lgamma": (0.3, 5), "digamma": (0.3, 5), "i0": (-3, 3),
    "positive": (-3, 3), "resolve_conj": (-3, 3), "resolve_neg": (-3, 3), "nan_to_num": (-3, 3),
    "special.entr": (0.1, 4), "special.erfcx": (-2, 3), "special.log_ndtr": (-4, 4), "special.ndtr": (-3, 3),
    "special.ndtri": (0.1, 0.9), "special.i0e": (-3, 3), "special.i1": (-3, 3), "special.i1e": (-3, 3),
    "special.bessel_j0": (0.5, 4), "special.bessel_j1": (0.5, 4), "special.bessel_y0": (0.5, 4),
    "special.bessel_y1": (0.5, 4), "special.modified_bessel_i0": (-3, 3), "special.modified_bessel_i1": (-3, 3),
    "special.modified_bessel_k0": (0.5, 4), "special.modified_bessel_k1": (0.5, 4),
    "special.scaled_modified_bessel_k0": (0.5, 4), "special.scaled_modified_bessel_k1": (0.5, 4),
    "special.airy_ai": (-2, 3), "special.spherical_bessel_j0": (0.5, 9),
}
#: name: where its numbers are drawn, its other names
RENAMED = {
    "trunc": ((-3, 3), "fix"), "neg": ((-3, 3), "negative"), "abs": ((-3, 3), "absolute"),
    "asin": ((-0.9, 0.9), "arcsin"), "acos": ((-0.9, 0.9), "arccos"), "atan": ((-3, 3), "arctan"),
    "asinh": ((-3, 3), "arcsinh"), "acosh": ((1.2, 4), "arccosh"), "atanh": ((-0.9, 0.9), "arctanh"),
}
BINARY = "sub mul add fmax fmin maximum minimum logaddexp logaddexp2 atan2 hypot copysign nextafter"
COMPARED = {"eq": "", "ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal",
            "logical_and": "", "logical_or": "", "logical_xor": ""}
OTHER = {"sub": "subtract", "mul": "multiply", "atan2": "arctan2"}
SPECIAL = {"exp2": "special.exp2", "expm1": "special.expm1", "log1p": "special.log1p", "sinc": "special.sinc",
           "tanh": "nn.functional.tanh", "sigmoid": "special.expit special.sigmoid", "logit": "special.logit",
        "erf": "special.erf",
           "erfc": "special.erfc", "erfinv": "special.erfinv", "lgamma": "special.gammaln special.lgamma",
           "digamma": "special.digamma special.psi", "i0": "special.i0"}
INTEGER = "bitwise_and bitwise_or bitwise_xor gcd lcm"
POLYNOMIALS = ("chebyshev_polynomial_t chebyshev_polynomial_u chebyshev_polynomial_v chebyshev_polynomial_w "
               "shifted_chebyshev_polynomial_t shifted_chebyshev_polynomial_u shifted_chebyshev_polynomial_v "
               "shifted_chebyshev_polynomial_w hermite_polynomial_h hermite_polynomial_he laguerre_polynomial_l "
               "legendre_polynomial_p")
COMPLEX = ("conj conj_physical real imag angle abs sgn exp log sqrt rsqrt square reciprocal sin cos tan sinh "
           "cosh tanh asin acos atan asinh acosh atanh sigmoid neg exp2 expm1 log2 log10 log1p")
MISMATCH = [([(3, 4), (3, 3)], "must match the size of tensor b (3)")]

ROWS = [
    *(Row(name, within=within, also=SPECIAL.get(name, ""))
      for name, within in UNARY.items()),
    *(Row(name, within=within, also=also) for name, (within, also) in RENAMED.items()),
    *(Row(name, [(3, 4), (4,)], also=OTHER.get(name, ""), fails=MISMATCH) for name in BINARY.split()),
    *(Row(name, [(3, 4), 2.5], label="number") for name in "sub mul add".split()),
    *(Row(name, [(3, 1), (4,)], also=also, fails=MISMATCH) for name, also in COMPARED.items()),
    *(Row(name, [ints(3, 4, below=9, start=1), ints(4, below=9, start=1)],
          fails=[([ints(3, 4), ints(3)], "must match the size of tensor b (3)")]) for name in INTEGER.split()),
    *(Row(f"bitwise_{side}_shift", [ints(3, 4, below=9), ints(4, below=3)]) for side in ("left", "right")),
    Row("bitwise_not", [ints(3, 4, start=-5)]), Row("bitwise_not", [bools(3, 4)], label="bool"),
    *(Row(f"special.{name}", [(3, 4), ints(3, 4, below=6)], within=(-0.9, 0.9)) for name in POLYNOMIALS.split()),
    Row("div", [(3, 4), (4,)], within=(0.5, 4), also="divide true_divide", fails=MISMATCH),
    Row("div", [(3, 4), (4,)], within=(0.5, 4), rounding_mode="floor", label="floor",
        fails=[([(2,), (2,)], {"rounding_mode": "up"}, "rounding_mode")]),
    Row("div", [(3, 4), (4,)], within=(0.5, 4), rounding_mode="trunc", label="trunc"),
    Row("pow", [(3, 4), (4,)], within=(0.5, 3), fails=MISMATCH), Row("pow", [(3, 4), 3], label="cube"),
    Row("pow", [2.5, (3, 4)], label="of a number"), Row("float_power", [(3, 4), (4,)], within=(0.5, 3)),
    Row("round", within=(-3, 3), also="special.round"), Row("round", within=(-3, 3), decimals=1, label="decimals"),
    *(Row(name, [(3, 4), (4,)], within=(0.5, 4), fails=MISMATCH) for name in ("floor_divide", "remainder", "fmod")),
    Row("frexp", within=(-9, 9)), Row("rsub", [(3, 4), (4,)]), Row("rsub", [(3, 4), (4,)], alpha=2, label="alpha"),
    Row("add", [(3, 4), (4,)], alpha=3, label="alpha"), Row("ldexp", [(3, 4), ints(4)]),
    Row("heaviside", [(3, 4), (4,)]), Row("complex", [(3, 4), (3, 4)]), Row("polar", [(3, 4), (3, 4)], within=(0.5, 2)),
    *(Row(name, [(3, 4), (3, 4)], within=(0.2, 0.9), only="float64 float32", label="complex", call=lambda torch, x, y,
          name=name: getattr(torch, name)(torch.complex(x, y))) for name in COMPLEX.split()),
    *(Row(name, [(3, 4), (3, 4)], within=(0.2, 0.9), only="float64 float32", label="complex", call=lambda torch, x, y,
          name=name: getattr(torch, name)(torch.complex(x, y), torch.complex(y, x))) for name in ("mul", "div", "pow")),
    Row("where", [bools(3, 4), (3, 4), (4,)], fails=[([bools(3, 4), (3, 4), (3,)], "must match the size")]),
    Row("clamp", [(3, 4), -0.5, 0.7], also="clip", fails=[([(3, 4)],
        "At least one of 'min' or 'max' must not be None")]),
    Row("clamp", [(3, 4), (4,), (3, 1)], within=[(-2, 2), (-1, 0), (0.1, 1)], label="tensors"),
    Row("clamp_min", [(3, 4), 0.2]), Row("clamp_max", [(3, 4), 0.2]),
    Row("clamp_min", [(3, 4), (4,)], label="tensor"), Row("clamp_max", [(3, 4), (4,)], label="tensor"),
    Row("nan_to_num", [data([1.0, float("nan"), float("inf"), -float("inf")]), 1.0, 2.0, -3.0], label="all"),
    Row("addcmul", [(3, 4), (3, 1), (4,)], value=0.5),
    Row("addcdiv", [(3, 4), (3, 1), (4,)], value=0.5, within=(0.5, 2)),
    Row("lerp", [(3, 4), (3, 4), (4,)]), Row("lerp", [(3, 4), (3, 4), 0.3], label="number"),
    Row("xlogy", [(3, 4), (4,)], within=(0.1, 4), also="special.xlogy"),
    Row("special.xlog1py", [(3, 4), (4,)], within=(0.1, 4)), Row("special.zeta", [(3, 4), (4,)], within=(1.3, 4)),
    Row("logit", [(3, 4), 0.2], within=(0, 1), label="eps"),
    Row("polygamma", [2, (3, 4)], within=(0.4, 4), also="special.polygamma"),
    Row("mvlgamma", [(3, 4), 2], within=(1.2, 4), also="special.multigammaln special.mvlgamma",
        only="float32 float64"),
    Row("igamma", [data([0.5, 1.2, 3.0, 7.0]), (3, 4)], within=(0.3, 4), also="special.gammainc special.igamma"),
    Row("igammac", [data([0.5, 1.2, 3.0, 7.0]), (3, 4)], within=(0.3, 4), also="special.gammaincc special.igammac"),
    Row("isclose", [(3, 4), (4,)]), Row("isin", [ints(3, 4), ints(3)]),
    Row("is_same_size", [(3, 4), (4, 3)]), Row("hash_tensor", [ints(3, 4)]),
    *(Row(name) for name in ("is_complex", "is_floating_point", "is_signed", "is_conj", "is_neg", "is_tensor",
                             "is_storage", "is_inference", "get_device")),
    Row("can_cast", [(3,), (4,)], call=lambda torch, a, b: torch.can_cast(a.dtype, b.dtype)),
    Row("result_type", [(3,), 2.5]), Row("promote_types", [(3,), (3,)], call=lambda torch, a, b:
        torch.promote_types(a.dtype, torch.float32)),
    Row("allclose", [(3, 4), (3, 4)]), Row("equal", [(3, 4), (3, 4)]),
]
