"""What may be kept: gradients that fit and that nobody else holds, saved arrays that nobody wrote to."""
from __future__ import annotations

import sys
from typing import Any, Callable, Iterable

import numpy as np

from .._types import cpp_name, tensor_type, type_name
from .modes import watch
from .tape import Leaf, Node, target, walk
from .versions import changes, version

__all__ = ["ALONE", "ITS_BASE", "check_gradient", "check_unchanged", "getrefcount", "refuse_inference"]

ndarray = np.ndarray

#: Where Python does not count references nothing looks as if it were held by nobody else.
getrefcount: Callable[[Any], int] = getattr(sys, "getrefcount", lambda value: sys.maxsize)


# A leaf that is given its first gradient would have to copy it: somebody may write to it.  Where nobody else holds it,
# nobody can, and the copy is spared.  What "nobody else" counts to depends on how many names the way back itself has
# for the array; so that is measured, once, on a graph of one node, by the lines of `Tensor._accumulate`.

def _count_alone() -> tuple[int, int]:
    """What `_accumulate` counts of a gradient, and of its base, that nobody else holds."""
    counts: list[int] = []

    class Probe:
        shape, dtype = (1,), np.dtype(np.float32)

        def _accumulate(self, g: Any) -> None:
            base = g.base
            counts.extend((getrefcount(g), getrefcount(base)))

    class Source(Node):
        def backward(self, g: Any, needs: Any = None) -> Iterable[Any]:
            return (np.zeros((1, 1), np.float32).reshape(1),)

    probe, source = Probe(), Source()
    source.number, source.extra, source.shape, source.dtype = 2 ** 62, None, (), probe.dtype
    source.parents = (Leaf(probe, probe.shape),)
    walk([source], [np.zeros((), np.float32)])
    return counts[0], counts[1]


ALONE, ITS_BASE = _count_alone() if hasattr(sys, "getrefcount") else (0, 0)


def check_gradient(tensor: Any, value: Any) -> None:
    """Raise torch's error unless `value` may be the `.grad` of `tensor`."""
    if not isinstance(value, ndarray):
        raise TypeError("assigned grad expected to be a Tensor or None but got grad of type "
                        f"{type(value).__name__}")
    if value is tensor:
        raise RuntimeError("can't assign Variable as its own grad")
    if value.shape != tensor.shape:
        raise RuntimeError(f"attempting to assign a gradient of size '{list(value.shape)}' to a tensor of size "
                           f"'{list(tensor.shape)}'. Please ensure that the gradient and the tensor are the same "
                           "size")
    wanted = tensor._node.dtype if type(tensor._node) is Leaf else tensor.dtype
    if value.dtype != wanted:
        raise RuntimeError(f"attempting to assign a gradient with dtype '{cpp_name(value.dtype)}' to a "
                           f"tensor with grad_dtype '{type_name(wanted)}'. The gradient must match the "
                           "tensor's grad_dtype (defaults to the tensor's dtype). You can set the tensor's grad_dtype "
                           "attribute with a specific dtype, or None to allow any dtype. Set grad_dtype with caution. "
                           "Diverging the dtypes of a tensor and its gradient may break downstream systems that assume "
                           "they match.")


def check_unchanged(array: ndarray, since: int, made_by: Any = None) -> None:
    """Raise torch's error if `array`, which the node `made_by` gave, was written to after the time `since`."""
    later = changes(array, since)
    if not later:
        return
    node, nr = (None, 0) if made_by is None else target(made_by)
    source = "" if node is None or type(node) is Leaf else (
        f", which is output {nr} of {node.name().partition('Backward')[0]},")
    hint = ("the backtrace further above shows the operation that failed to compute its gradient. The variable in "
            "question was changed in there or anywhere later. Good luck!" if watch.anomaly else
            "enable anomaly detection to find the operation that failed to compute its gradient, with "
            "torch.autograd.set_detect_anomaly(True, check_nan=False).")
    now = version(array)
    raise RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[{tensor_type(array)} {list(array.shape)}]{source} is at version {now}; expected version {now - later} "
        f"instead. Hint: {hint}")


_INFERENCE = ("Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
              "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and "
              "use it in autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`.")


def refuse_inference(op: Any, args: tuple, mask: int) -> None:
    """Raise if a rule would need the numbers of a tensor made in inference mode."""
    for i in op.plan(mask, args).keep:
        for a in args[i] if isinstance(args[i], (list, tuple)) else (args[i],):
            if getattr(a, "_inference", False):
                raise RuntimeError(_INFERENCE)
