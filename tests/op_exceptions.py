"""What the table of operations leaves to other tests, and what is known to deviate."""
from __future__ import annotations

#: declared operation: which rows or tests run it
INNER = {
    "rnn_layer": "test_recurrent", "gru_layer": "test_recurrent", "lstm_layer": "test_recurrent",
}

#: why: public functions
ELSEWHERE = {
    "tensors made from nothing: test_creation, test_ranges, test_windows, test_conversion": """
        arange as_tensor asarray bartlett_window blackman_window empty empty_like empty_permuted empty_strided
        eye fft.fftfreq fft.rfftfreq frombuffer from_dlpack from_numpy full full_like hamming_window hann_window
        kaiser_window linspace logspace ones ones_like range scalar_tensor tensor to_dlpack tril_indices
        triu_indices zeros zeros_like""",
    "draws: test_random, test_sampling": """
        fork_rng get_rng_state initial_seed manual_seed multinomial normal rand rand_like randint randint_like randn
        randn_like randperm seed set_rng_state nn.functional.gumbel_softmax nn.functional.fractional_max_pool2d
        nn.functional.fractional_max_pool2d_with_indices nn.functional.fractional_max_pool3d
        nn.functional.fractional_max_pool3d_with_indices pca_lowrank svd_lowrank lobpcg""",
    "switches: test_engine_modes, test_printing_rules": """
        are_deterministic_algorithms_enabled compile get_default_device get_default_dtype get_deterministic_debug_mode
        get_float32_matmul_precision get_num_interop_threads get_num_threads is_anomaly_check_nan_enabled
        is_anomaly_enabled is_deterministic_algorithms_warn_only_enabled is_grad_enabled is_inference_mode_enabled
        is_warn_always_enabled set_anomaly_enabled set_default_device set_default_dtype set_default_tensor_type
        set_deterministic_debug_mode set_float32_matmul_precision set_flush_denormal set_num_interop_threads
        set_num_threads set_printoptions set_warn_always typename use_deterministic_algorithms""",
    "of quantized or sparse tensors, always refused": """
        int_repr native_norm q_per_channel_axis q_per_channel_scales q_per_channel_zero_points q_scale q_zero_point""",
    "mixed precision switched off, plain numbers, what there is little of: test_names": """
        autocast_decrement_nesting autocast_increment_nesting clear_autocast_cache embedding_bag embedding_renorm_
        from_file get_autocast_cpu_dtype get_autocast_dtype get_autocast_gpu_dtype get_autocast_ipu_dtype
        get_autocast_xla_dtype is_autocast_available is_autocast_cache_enabled is_autocast_cpu_enabled
        is_autocast_enabled is_autocast_ipu_enabled is_autocast_xla_enabled is_distributed set_autocast_cache_enabled
        set_autocast_cpu_dtype set_autocast_cpu_enabled set_autocast_dtype set_autocast_enabled set_autocast_gpu_dtype
        set_autocast_ipu_dtype set_autocast_ipu_enabled set_autocast_xla_dtype set_autocast_xla_enabled
        sym_constrain_range sym_constrain_range_for_size sym_float sym_int sym_ite sym_max sym_min sym_not sym_sqrt
        sym_sum""",
    "removed from torch, where they only tell what to use": "eig lstsq matrix_rank solve symeig",
    "in place: test_form, test_conversion": "resize_as_ zero_",
    "reads shapes alone, or the memory that another tensor lies in: test_form": "broadcast_shapes slice_inverse",
    "takes a layer's weights, or functions: test_attention, test_layers, test_func": """
        nn.functional.multi_head_attention_forward nn.functional.linear_cross_entropy nn.functional.reduction_of
        vmap""",
    "sparse, dequantized: test_sparse": "sparse_coo_tensor dequantize spmm",
    "spectra of frames: test_fft": "istft stft",
    "with the reduction as a number: test_out": """
        binary_cross_entropy_with_logits cosine_embedding_loss cosine_similarity embedding hinge_embedding_loss kl_div
        margin_ranking_loss pairwise_distance poisson_nll_loss triplet_margin_loss""",
    "recurrent: test_recurrent": "gru gru_cell lstm lstm_cell rnn_relu rnn_relu_cell rnn_tanh rnn_tanh_cell",
}

#: property: {why the results' rows deviate: rows (and kinds)}
_DEVIATIONS = {
    "node_name": {
        "a composition of other operations than torch's: the numbers are the same, the last step's name is not": """
            quantile; nanquantile; quantile:linear; quantile:lower; quantile:higher; quantile:midpoint;
            quantile:nearest; nanquantile:linear; nanquantile:lower; nanquantile:higher; nanquantile:midpoint;
            nanquantile:nearest; cov; cov:biased; trapezoid; trapezoid:dx; trapz; cumulative_trapezoid:x; vander;
            kron; chain_matmul; linalg.multi_dot; linalg.cond; linalg.matrix_norm:1;
            linalg.matrix_norm:inf; linalg.tensorinv; norm_except_dim;
            frobenius_norm; squeeze_copy""",
        "one operation in torch, a composition here": """
            segment_reduce; linalg.householder_product; ormqr; linalg.lu_solve; lu_solve; lu_unpack;
            triangular_solve; nn.functional.soft_margin_loss; nn.functional.soft_margin_loss:none;
            nn.functional.multi_margin_loss; nn.functional.multi_margin_loss:none;
            nn.functional.multilabel_margin_loss; nn.functional.multilabel_margin_loss:none;
            nn.functional.conv_tbc; native_group_norm""",
        "a real input is made complex first: one map where torch has two": """
            fft.fft; fft.ifft; fft.rfft2; fft.rfftn; fft.fft:padded""",
        "torch names a node whose backward then raises": "geqrf",
        "torch does not record it": "view_as_complex_copy",
    },
    "gradient": {
        "torch gives no gradient, which counts as zeros": "linalg.vector_norm:0",
        "torch refuses: it writes over what it has saved": "vander",
        "torch refuses to record it": "view_as_complex_copy",
    },
    "differences": {
        "torch's rule, which keeps what calculus drops": "as_strided_scatter",
    },
    "overwritten_afterwards": {
        "torch keeps a product, a copy or the result where the operands are kept here; it is refused": """
            special.ndtr inputs; polar inputs; matmul:batches inputs; matmul:vector inputs; kron inputs;
            nn.functional.l1_loss inputs; nn.functional.l1_loss:none inputs; nn.functional.affine_grid inputs;
            affine_grid_generator inputs; instance_norm inputs;
            nn.functional.scaled_dot_product_attention inputs""",
    },
    "memory_layout": {
        "is about the memory itself, which torch never has backwards": """
            as_strided backwards; as_strided_copy backwards; as_strided_scatter backwards""",
        "numbers are drawn in the order of the memory, as in torch": """
            dropout backwards; alpha_dropout backwards; native_dropout backwards""",
    },
    "degenerate_shapes": {
        "torch cannot shift what has no dims": "fft.fftshift 0-d; fft.ifftshift 0-d",
        "torch cannot take a norm of nothing": "norm_except_dim no rows; norm_except_dim 0-d",
    },
    "other_types": {
        "a loss of integers": """
            nn.functional.margin_ranking_loss uint8; nn.functional.hinge_embedding_loss:none uint8;
            nn.functional.margin_ranking_loss:none uint8; nn.functional.bilinear uint8""",
        "torch keeps the input's type where the target is wider": """
            nn.functional.soft_margin_loss complex64; nn.functional.soft_margin_loss:none complex64""",
        "torch drops the imaginary part, with a warning": "bincount:weights complex64",
        "torch's is not the exponential": "matrix_exp bfloat16",
        "torch has it for integers in two dims only": """
            nn.functional.max_pool1d_with_indices uint8; max_pool1d_with_indices uint8""",
        "torch gives mean and scale in half precision too": "native_layer_norm bfloat16",
    },
    "inputs_stay": {
        "running statistics are what it is asked to change": "batch_norm; native_batch_norm",
    },
}
#: "property row kind": why it deviates.  Each of these must deviate, all others must not.
KNOWN = {f"{name} {' '.join(row.split())}": why for name, reasons in _DEVIATIONS.items()
         for why, rows in reasons.items() for row in rows.split(";")}
