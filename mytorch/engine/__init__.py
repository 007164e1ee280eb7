"""The engine: what runs an operation, records it, and goes the way back.

A number's way, from `x + y` to its gradient:

    op        one declaration per operation: what makes the function, the method and their in-place forms
    run       unwraps the arrays, runs the forward, wraps the result, leaves a node
    record    the node: what the rules need, and how they are called
    tape      the way back: nodes called backward, last first; knows no tensor
    tensor    the Tensor, and where a gradient ends

What these rely on:

    modes     grad mode and its like                       versions  which memory was written to, and when
    promote   types brought together, as torch does        plan      what a rule needs, read off its code
    fit       gradients in the shape of their input        keep      what may be kept, and whether it was changed
    write     in-place operations and views                out       `out=`
    kernel    fused kernels and their definitions          hooks     what a node shows, and the hooks on it
    face      the Tensor's sizes, numbers, NumPy's doors   ufunc     `np.sin(tensor)`, with all of NumPy's options
    overlap   writes to memory that is read at the same time, or that has several names
    line      small parameters side by side in memory      shown     what torch shows of an op's node
    arguments what torch says of those it does not take    signature how a function may be called
"""
