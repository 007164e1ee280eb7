"""The tables: every operation as a forward on plain arrays and the rule of its gradient.

    one element     arithmetic (begin here), pointwise, powers, rounding, complexes, comparison, blending;
                    error_function, gamma, bessel, orthogonal
    many to few     reduction, extremes, scan, norms, statistics, sorting, segments, differences
    form            shape, broadcasting, joining, repeating, arranging, strided, diagonals, shape_inplace
    by index        indexing, assigning; gathering, scatter, index_write, writing
    matrices        products, einsum, triangular, lu, ldl, solvers, decomposition, determinants, householder,
                    matrix_functions, linalg, lowrank
    spectra         spectral, short_time, windows
    made            creation, ranges, typed, sampling; conversion, memory
    nets            linear, activation, loss, ctc, dropout, normalization, weight_norm; recurrent, recurrent_stack,
                    packing, attention; convolution, pooling, padding, sliding, resampling, shuffling, grid_sampling
    NumPy's face    numpy_*: what np.something(tensor) does; inherited: what Tensor has from ndarray

What several of them share: _shared, _numeric, data (numbers in, a Tensor out), matrices, accumulate, line_maps (linear
maps of a dimension), standardize (the kernel of the norms), convolution_checks; absent: questions about tensors that
there are none of here.
"""
