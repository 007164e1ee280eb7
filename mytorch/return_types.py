"""The named tuples that functions with several results give, as torch.return_types.

They unpack, index and compare as tuples and print as torch's do.
"""
from __future__ import annotations

from operator import itemgetter
from typing import Any

#: name -> the names of its items
FIELDS = {
    "_lu_with_info": "LU pivots info",
    "aminmax": "min max", "cummax": "values indices", "cummin": "values indices", "frexp": "mantissa exponent",
    "geqrf": "a tau", "histogram": "hist bin_edges", "histogramdd": "hist bin_edges", "kthvalue": "values indices",
    "linalg_cholesky_ex": "L info", "linalg_eig": "eigenvalues eigenvectors",
    "linalg_eigh": "eigenvalues eigenvectors", "linalg_inv_ex": "inverse info", "linalg_ldl_factor": "LD pivots",
    "linalg_ldl_factor_ex": "LD pivots info", "linalg_lstsq": "solution residuals rank singular_values",
    "linalg_lu": "P L U", "linalg_lu_factor": "LU pivots", "linalg_lu_factor_ex": "LU pivots info",
    "linalg_qr": "Q R", "linalg_slogdet": "sign logabsdet", "linalg_solve_ex": "result info",
    "linalg_svd": "U S Vh", "lu_unpack": "P L U", "max": "values indices", "median": "values indices",
    "min": "values indices", "mode": "values indices", "nanmedian": "values indices", "qr": "Q R",
    "slogdet": "sign logabsdet", "sort": "values indices", "svd": "U S V", "topk": "values indices",
    "triangular_solve": "solution cloned_coefficient"}


class _Named(tuple):
    """A tuple whose items have names; made from the items, or from one sequence of them."""
    __slots__ = ()
    _fields: tuple[str, ...] = ()

    def __new__(cls, *values: Any) -> _Named:
        if len(values) == 1:
            (values,) = values
            if len(values) != len(cls._fields):
                raise TypeError(f"{cls.__name__}() takes a {len(cls._fields)}-sequence ({len(values)}-sequence given)")
        return tuple.__new__(cls, values)

    def __repr__(self) -> str:
        parts = ",\n".join(f"{name}={value!r}" for name, value in zip(self._fields, self))
        return f"torch.return_types.{type(self).__name__}(\n{parts})"

    def _asdict(self) -> dict[str, Any]:
        return dict(zip(self._fields, self))


def _made(name: str, fields: tuple[str, ...]) -> Any:
    return type(name, (_Named,), {"__slots__": (), "__module__": __name__, "_fields": fields,
                                  "__match_args__": fields, "n_fields": len(fields),
                                  "__doc__": f"({', '.join(fields)}), as torch.return_types.{name}.",
                                  **{f: property(itemgetter(i)) for i, f in enumerate(fields)}})


# type() by hand: 40 calls of collections.namedtuple would take 2 ms of every import
globals().update({name: _made(name, tuple(fields.split())) for name, fields in FIELDS.items()})


def __getattr__(name: str) -> Any:  # tells type checkers that there are names they cannot see
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
