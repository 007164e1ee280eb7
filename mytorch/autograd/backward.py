"""Going backward: `backward` leaves gradients in `.grad`, `grad` returns them."""
from __future__ import annotations

import math
import warnings
from typing import Any, NamedTuple

import numpy as np

from .._types import Size, named_dtype
from ..engine.op import method
from ..engine.tape import Leaf, Node, Output, mode, ndarray, target, walk
from ..engine.tensor import Tensor, edge, plain, tensor_of
from ..ops.joining import stack

__all__ = ["GradientEdge", "backward", "get_gradient_edge", "grad"]


class GradientEdge(NamedTuple):
    """A place in the graph: output `output_nr` of `node`.  As torch.autograd.graph.GradientEdge."""
    node: Node
    output_nr: int
    ownership_token: Node | None = None


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """The place where the gradient of `tensor` is computed; keeping it does not keep the tensor.

    Raises RuntimeError unless the tensor requires grad.  As torch.autograd.graph.get_gradient_edge.
    """
    place = edge(tensor)
    if place is None:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    node, nr = target(place)
    return GradientEdge(node.shown(), nr)


def _place(value: Any) -> Any:
    """The tape's edge for a tensor or a GradientEdge."""
    if isinstance(value, Tensor):
        return edge(value)
    if isinstance(value, GradientEdge):
        node, nr = value.node, value.output_nr
        return node if node.outputs == 1 else Output(node, nr, *node.forms[nr])  # type: ignore[attr-defined]
    raise TypeError(f"expected a Tensor or a GradientEdge, got {type(value).__name__}")


def _listed(value: Any) -> tuple:
    return (value,) if isinstance(value, (ndarray, GradientEdge)) else tuple(value)


@method("backward")
def _backward(self: Tensor, gradient: Tensor | None = None, retain_graph: bool | None = None,
              create_graph: bool = False, inputs: Any = None) -> None:
    """Give every leaf that led here its gradient d self / d leaf, added to its `.grad`.

    Args:
        gradient: of `self`, shaped as it; needed unless self has one element.
        retain_graph: keep what the tape saved, to go backward once more (default: as create_graph).
        create_graph: record the way back, so that it can be differentiated.
        inputs: only these tensors receive a gradient.
    As torch.Tensor.backward.
    """
    if gradient is None and inputs is None and not create_graph:  # as at the end of nearly every step
        place = edge(self)
        walk((place,), (_one(place),), keep=bool(retain_graph))
    else:
        backward(self, gradient, retain_graph, create_graph, inputs=inputs)


def backward(tensors: Any, grad_tensors: Any = None, retain_graph: bool | None = None, create_graph: bool = False,
             grad_variables: Any = None, inputs: Any = None) -> None:
    """Add to the `.grad` of every leaf that led to `tensors` the gradient of their sum, weighted by `grad_tensors`.

    Args:
        tensors: a tensor or a sequence of them (or of GradientEdges).
        grad_tensors: a gradient for each, shaped as it; None stands for 1 and needs a tensor of one element.
        retain_graph: keep what the tape saved, to go backward once more (default: as create_graph).
        create_graph: record the way back, so that it can be differentiated.
        inputs: only these receive a gradient; non-leaves among them keep it as after `retain_grad()`.
    Raises:
        RuntimeError: no gradient where one is needed, shapes that differ, a graph that was freed, changed values.
    As torch.autograd.backward.
    """
    if grad_variables is not None:
        warnings.warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning, stacklevel=2)
        if grad_tensors is not None:
            raise RuntimeError("`grad_tensors` and `grad_variables` (deprecated) arguments both passed to "
                               "`backward()`. Please only use `grad_tensors`.")
        grad_tensors = grad_variables
    keep = bool(create_graph if retain_graph is None else retain_graph)
    if inputs is not None:
        inputs = _listed(inputs)
        if not inputs:
            raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    roots = _roots(_listed(tensors), grad_tensors, create_graph)
    if inputs is None:
        walk(*roots, create_graph=create_graph, keep=keep)
    else:
        _backward_to(inputs, roots, create_graph, keep)


def _backward_to(inputs: tuple, roots: tuple, create_graph: bool, keep: bool) -> None:
    """Go backward as far as to `inputs`, and accumulate there."""
    places = []
    for value in inputs:
        if isinstance(value, Tensor):
            value.retain_grad()  # type: ignore[attr-defined]
        places.append(_place(value))
    found = walk(*roots, create_graph=create_graph, keep=keep, capture=tuple(places), accumulate=False)
    before, mode.grad = mode.grad, create_graph
    try:
        for place, g in dict(zip(places, found)).items():
            if type(place) is Leaf and g is not None:
                place.backward(g)
    finally:
        mode.grad = before


def grad(outputs: Any, inputs: Any, grad_outputs: Any = None, retain_graph: bool | None = None,
         create_graph: bool = False, only_inputs: bool = True, allow_unused: bool | None = None,
         is_grads_batched: bool = False, materialize_grads: bool = False) -> tuple:
    """The gradients of the sum of `outputs`, weighted by `grad_outputs`, by `inputs`; every `.grad` stays as it is.

    Args:
        outputs, inputs: a tensor or a sequence of them (or of GradientEdges).
        grad_outputs: a gradient for each output; None stands for 1 and needs a tensor of one element.
        retain_graph, create_graph: as in `backward`.
        allow_unused: None for an input that the outputs do not depend on, instead of an error.
        is_grads_batched: grad_outputs have a leading dim of several gradients; the results have it too.
        materialize_grads: zeros for unused inputs.
    Returns:
        A tuple with a gradient for each input.
    As torch.autograd.grad.
    """
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got: "
                         "allow_unused=False.")
    if not only_inputs:
        warnings.warn("only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate "
                      "gradient for other parts of the graph, please use torch.autograd.backward.", FutureWarning,
                      stacklevel=2)
    inputs, outputs = _listed(inputs), _listed(outputs)
    keep = bool(create_graph if retain_graph is None else retain_graph)
    if not inputs:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    if is_grads_batched:
        found = _batched(outputs, inputs, _gradients_of(outputs, grad_outputs), keep, create_graph,
                         allow_unused or materialize_grads)
    else:
        found = _grad(inputs, _roots(outputs, grad_outputs, create_graph), keep, create_graph,
                      bool(allow_unused or materialize_grads))
    if materialize_grads:
        found = tuple(_zeros_for(value) if g is None else g for g, value in zip(found, inputs))
    return found


def _zeros_for(value: Any) -> Tensor:
    place = _place(value)
    return np.zeros(place.shape, place.dtype).view(Tensor)


def _grad(inputs: tuple, roots: tuple, keep: bool, create_graph: bool, allow_unused: bool) -> tuple:
    places = tuple(map(_place, inputs))
    if None in places:
        raise RuntimeError("One of the differentiated Tensors does not require grad")
    found = walk(*roots, create_graph=create_graph, keep=keep, capture=places, accumulate=False)
    for i, g in enumerate(found):
        if g is None and not allow_unused:
            raise RuntimeError(f"The differentiated Tensor at index {i} appears to not have been used in the graph. "
                               "Set allow_unused=True if this is the desired behavior.")
    return tuple(map(tensor_of, found))


def _batched(outputs: tuple, inputs: tuple, gradients: tuple, keep: bool, create_graph: bool,
             allow_unused: bool | None) -> tuple:
    """One walk for each gradient of the batch, the results stacked."""
    sizes = [len(g) for g in gradients if isinstance(g, ndarray) and g.ndim]
    _check_batched(outputs, gradients, sizes)
    runs = []
    for i in range(sizes[0]):
        roots = _roots(outputs, [g if g is None else g[i] for g in gradients], create_graph)
        runs.append(_grad(inputs, roots, keep or i + 1 < sizes[0], create_graph, bool(allow_unused)))
    if not runs:
        return tuple(np.zeros((0, *_place(value).shape), _place(value).dtype).view(Tensor) for value in inputs)
    return tuple(None if parts[0] is None else tensor_of(stack(list(parts))) for parts in zip(*runs))


def _check_batched(outputs: tuple, gradients: tuple, sizes: list[int]) -> None:
    for i, (output, g) in enumerate(zip(outputs, gradients)):
        if g is None or not g.ndim:
            raise ValueError("vmap(vjp, in_dims=0, ...)(<inputs>): Got in_dim=0 for some input, but that input is a "
                             "Tensor of dimensionality 0 so expected in_dim to satisfy 0 <= in_dim < 0.")
        if tuple(g.shape[1:]) != tuple(_place(output).shape):
            raise RuntimeError(
                "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch "
                "dimension. The sizes of the remaining dimensions are expected to match the shape of corresponding "
                f"output, but a mismatch was detected: grad_output[{i}] has a shape of {Size(g.shape)} and output[{i}] "
                f"has a shape of {Size(_place(output).shape)}. If you only want some tensors in `grad_output` to be "
                "considered batched, consider using vmap.")
    if len(set(sizes)) > 1:
        raise ValueError(f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {sizes} "
                         "for the mapped dimension")


# ------------------------------------------------------------------ where the way back starts

def _gradients_of(outputs: tuple, given: Any) -> tuple:
    """One gradient or None for each output."""
    if given is None:
        return (None,) * len(outputs)
    given = (given,) if isinstance(given, ndarray) else tuple(given)
    if len(given) != len(outputs):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(given)} gradients")
    return given


def _roots(outputs: tuple, gradients: Any, create_graph: bool) -> tuple[list, list]:
    """The edges and gradients that `walk` begins with."""
    edges, seeds = [], []
    for i, (output, g) in enumerate(zip(outputs, _gradients_of(outputs, gradients))):
        place = _place(output)
        if g is not None:
            _check_seed(place or output, g, i)
        g = _one(place, i) if g is None or place is None else g
        edges.append(place)
        seeds.append(tensor_of(g) if create_graph else plain(g))
    return edges, seeds


def _one(form: Any, index: int = 0) -> ndarray:
    """The gradient that goes without saying, of what has one element."""
    if form is None:
        raise RuntimeError(f"element {index} of tensors does not require grad and does not have a grad_fn")
    shape, dtype = form.shape, form.dtype
    if shape and math.prod(shape) != 1:
        raise RuntimeError("grad can be implicitly created only for scalar outputs")
    if dtype.kind not in "fV":
        raise RuntimeError("grad can be implicitly created only for real scalar outputs but got "
                           f"{named_dtype(dtype)}")
    one = np.array(1, dtype)
    return one.reshape(shape) if shape else one


def _check_seed(form: Any, gradient: Any, index: int) -> None:
    """Raise unless `gradient` can be that of what has this shape and dtype."""
    shape, dtype = form.shape, form.dtype
    if not isinstance(gradient, ndarray):
        raise TypeError(f"gradients can be either Tensors or None, but got {type(gradient).__name__}")
    if tuple(gradient.shape) != tuple(shape):
        raise RuntimeError(f"Mismatch in shape: grad_output[{index}] has a shape of {Size(gradient.shape)} and "
                           f"output[{index}] has a shape of {Size(shape)}.")
    if (gradient.dtype.kind == "c") != (dtype.kind == "c"):
        raise RuntimeError("For complex Tensors, both grad_output and output are required to have the same dtype. "
                           f"Mismatch in dtype: grad_output[{index}] has a dtype of {named_dtype(gradient.dtype)} and "
                           f"output[{index}] has a dtype of {named_dtype(dtype)}.")
