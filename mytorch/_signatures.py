"""What torch's functions and methods take: one line for each signature, or group of functions that share one.

    cumprod cumsum: input, int dim, *, dtype, out
    copysign eq fmod: input, other, *, out | input, Number other, *, out

reads: cumsum takes a tensor `input` and an int `dim` and, by name only, `dtype` and `out`; `eq` has two signatures.  A
parameter without a kind is a tensor, but for those of the table `OFTEN`.  `ints` are a tuple or list of ints, `int(s)`
may be one int as well; `?` or a default of None: None will do; `~`: it works, and torch no longer says so.

A method takes what the function of its name takes without the first tensor and without `out`, a name with an
underscore what that without one takes; what differs stands under its own name (`Tensor.view`).

Read when a call has gone wrong, for the text of the error: see engine/arguments.py, and signature.py, which reads it.
"""

#: What is written shorter, because it is so frequent.
OFTEN = {
    "out": "Tensor out=None", "outs": "Tensors out=None", "dtype": "dtype dtype=None", "keepdim": "bool keepdim=False",
    "generator": "Generator generator=None", "memory_format": "memory_format memory_format=None",
    "FACTORY": "dtype dtype=None, layout layout=None, device device=None, bool? pin_memory=False, "
               "bool? requires_grad=False"}

#: Functions of nn.functional that torch has in Python, what they hand their tensors on to where it has another name,
#: and these tensors in its order, with its names for them where these are others; `?`: None will do.
HANDED_ON = """
cross_entropy>cross_entropy_loss nll_loss>nll_loss_nd: input, target, weight
hinge_embedding_loss kl_div multi_margin_loss multilabel_margin_loss poisson_nll_loss soft_margin_loss: input, target
triplet_margin_loss: anchor, positive, negative
cosine_embedding_loss: input1, input2, target
embedding: weight, input>indices
max_pool1d max_pool2d max_pool3d max_pool1d_with_indices max_pool2d_with_indices
    adaptive_max_pool1d adaptive_max_pool1d_with_indices>adaptive_max_pool1d unfold>im2col fold>col2im pad: input
max_unpool2d max_unpool3d: input, indices
grid_sample>grid_sampler: input, grid
batch_norm: input, weight, bias, running_mean?, running_var?
layer_norm group_norm: input, -, weight, bias
rms_norm: input, -, weight
"""

SIGNATURES = """
abs absolute acos acosh alias_copy angle arccos arccosh arcsin arcsinh arctan arctanh asin asinh atan atanh
    bitwise_not ceil conj_physical cos cosh deg2rad detach_copy digamma erf erfc erfinv exp exp2 expm1 fix floor frac
    i0 inverse isneginf isposinf lgamma linalg_eigvals log log10 log1p log2 log_sigmoid logical_not msort neg negative
    rad2deg reciprocal rsqrt sgn sigmoid sign signbit sin sinc sinh special_bessel_j0 special_bessel_j1
    special_bessel_y0 special_bessel_y1 special_digamma special_entr special_erf special_erfc special_erfcx
    special_erfinv special_exp2 special_expit special_expm1 special_gammaln special_i0 special_i0e special_i1
    special_i1e special_log1p special_log_ndtr special_modified_bessel_i0 special_modified_bessel_i1
    special_modified_bessel_k0 special_modified_bessel_k1 special_ndtr special_ndtri special_psi special_sinc sqrt
    square t_copy tan tanh trunc view_as_complex_copy view_as_real_copy: input, *, out
adjoint argwhere conj corrcoef det detach fliplr flipud get_device imag is_complex is_conj is_floating_point
    is_inference is_neg is_nonzero is_signed isfinite isinf isnan isreal linalg_matrix_exp logdet matrix_exp numel
    positive ravel real relu resolve_conj resolve_neg selu t trace view_as_complex view_as_real zero_: input
alpha_dropout dropout feature_alpha_dropout feature_dropout: input, float p, bool train
arctan2 atan2 fmax fmin gcd hypot igamma igammac inner kron lcm ldexp linalg_matmul logaddexp logaddexp2 logical_and
    logical_or logical_xor matmul maximum minimum mul nextafter special_gammainc special_gammaincc vdot: input, other,
    *, out
bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor remainder: input, other, *, out | Number
    self, other | input, Number other, *, out
cat concat concatenate stack: Tensors tensors, int dim=0, *, out
column_stack dstack hstack linalg_multi_dot row_stack vstack: Tensors tensors, *, out
copysign eq fmod ge greater greater_equal gt le less less_equal lt ne not_equal: input, other, *, out | input, Number
    other, *, out
fft_fft fft_hfft fft_ifft fft_ihfft fft_irfft fft_rfft: input, int n=None, int dim=-1, str norm=None, *, out
fft_fft2 fft_hfft2 fft_ifft2 fft_ihfft2 fft_irfft2 fft_rfft2: input, int(s) s=None, int(s) dim=(-2,-1), str norm=None,
    *, out
fft_fftn fft_hfftn fft_ifftn fft_ihfftn fft_irfftn fft_rfftn: input, int(s) s=None, int(s) dim=None, str norm=None, *,
    out
frexp geqrf linalg_eig slogdet: input, *, outs
max_pool1d max_pool1d_with_indices max_pool2d max_pool3d: input, int(s) kernel_size, int(s)? stride=(), int(s)
    padding=0, int(s) dilation=1, bool ceil_mode=False
special_airy_ai special_scaled_modified_bessel_k0 special_scaled_modified_bessel_k1 special_spherical_bessel_j0: x, *,
    out
special_chebyshev_polynomial_t special_chebyshev_polynomial_u special_chebyshev_polynomial_v
    special_chebyshev_polynomial_w special_hermite_polynomial_h special_hermite_polynomial_he
    special_laguerre_polynomial_l special_legendre_polynomial_p special_shifted_chebyshev_polynomial_t
    special_shifted_chebyshev_polynomial_u special_shifted_chebyshev_polynomial_v
    special_shifted_chebyshev_polynomial_w: x, n, *, out | Number x, n, *, out | x, Number n, *, out
special_xlog1py special_xlogy special_zeta xlogy: input, other, *, out | Number self, other, *, out | input, Number
    other, *, out
Tensor.bitwise_and Tensor.bitwise_left_shift Tensor.bitwise_or Tensor.bitwise_right_shift Tensor.bitwise_xor
    Tensor.remainder Tensor.xlogy: other | Number other
Tensor.bool Tensor.byte Tensor.cdouble Tensor.cfloat Tensor.char Tensor.cpu Tensor.double Tensor.float Tensor.half
    Tensor.int Tensor.long Tensor.short: *, memory_format
Tensor.expand_as Tensor.reshape_as Tensor.type_as Tensor.view_as: other
adaptive_avg_pool1d adaptive_max_pool1d: input, int(s) output_size
add sub: input, other, *, Number alpha=1, out | ~self, Number alpha, other
addbmm: input, batch1, batch2, *, Number beta=1, Number alpha=1, out | ~Number beta, self, Number alpha, batch1,
    batch2 | ~Number beta, self, batch1, batch2
addcdiv addcmul: input, tensor1, tensor2, *, Number value=1, out | ~self, Number value, tensor1, tensor2
addmm: input, mat1, mat2, *, Number beta=1, Number alpha=1, out | input, mat1, mat2, dtype out_dtype, *, Number
    beta=1, Number alpha=1, out | ~Number beta, self, Number alpha, mat1, mat2 | ~Number beta, self, mat1, mat2
addmv: input, mat, vec, *, Number beta=1, Number alpha=1, out | ~Number beta, self, Number alpha, mat, vec | ~Number
    beta, self, mat, vec
addr: input, vec1, vec2, *, Number beta=1, Number alpha=1, out | ~Number beta, self, Number alpha, vec1, vec2 |
    ~Number beta, self, vec1, vec2
affine_grid_generator: theta, ints size, bool align_corners
all any: input, *, out | input, ints dim=None, keepdim, *, out | input, int? dim, keepdim, *, out
allclose isclose: input, other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False
amax amin: input, int(s)? dim=(), keepdim, *, out
aminmax: input, *, int dim=None, keepdim, outs
arange: Number end, *, out, FACTORY | Number start, Number end, *, FACTORY | Number start, Number end, Number step=1,
    *, out, FACTORY
argmax argmin: input, int dim=None, keepdim, *, out
argsort: input, *, bool stable, int dim=-1, bool descending=False, out | input, int dim=-1, bool descending=False
as_strided: input, ints size, ints stride, int storage_offset=None
as_strided_copy: input, ints size, ints stride, int storage_offset=None, *, out
as_strided_scatter: input, src, ints size, ints stride, int storage_offset=None
as_tensor: object data, *, dtype, device device=None
avg_pool1d: input, int(s) kernel_size, int(s)? stride=(), int(s) padding=0, bool ceil_mode=False, bool
    count_include_pad=True
avg_pool2d avg_pool3d: input, int(s) kernel_size, int(s)? stride=(), int(s) padding=0, bool ceil_mode=False, bool
    count_include_pad=True, int divisor_override=None, *, out
baddbmm: input, batch1, batch2, *, Number beta=1, Number alpha=1, out | input, batch1, batch2, dtype out_dtype, *,
    Number beta=1, Number alpha=1, out | ~Number beta, self, Number alpha, batch1, batch2 | ~Number beta, self,
    batch1, batch2
bartlett_window blackman_window hann_window: int window_length, *, FACTORY | int window_length, bool periodic, *,
    FACTORY
batch_norm: input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training, float
    momentum, float eps, bool cudnn_enabled
bernoulli: input, *, generator, out | input, float p, *, generator
bilinear: input1, input2, weight, Tensor bias=None
binary_cross_entropy_with_logits: input, target, Tensor weight=None, Tensor pos_weight=None, int reduction=1
bincount: input, Tensor weights=None, int minlength=0
binomial: count, prob, generator
bmm mm: input, mat2, *, out | input, mat2, dtype out_dtype, *, out
broadcast_to: input, ints size
bucketize: input, boundaries, *, bool out_int32=False, bool right=False, out | Number self, boundaries, *, bool
    out_int32=False, bool right=False
can_cast: dtype from_, dtype to
celu: input, Number alpha=1.0
channel_shuffle native_channel_shuffle: input, int groups
cholesky cholesky_inverse: input, bool upper=False, *, out
cholesky_solve: input, input2, bool upper=False, *, out
chunk unsafe_chunk: input, int chunks, int dim=0
clamp clip: input, Tensor min=None, Tensor max=None, *, out | input, Number min=None, Number max=None, *, out
clamp_max: input, max, *, out | input, Number max, *, out
clamp_min: input, min, *, out | input, Number min, *, out
clone: input, *, memory_format
combinations: input, int r=2, bool with_replacement=False
complex: real, imag, *, out
constant_pad_nd: input, ints pad, Number value=0
conv1d conv2d conv3d: input, weight, Tensor bias=None, int(s) stride=1, int(s) padding=0, int(s) dilation=1, int
    groups=1 | input, weight, Tensor bias=None, int(s) stride=1, str padding="valid", int(s) dilation=1, int groups=1
conv_tbc: input, weight, bias, int pad=0
conv_transpose1d conv_transpose2d conv_transpose3d: input, weight, Tensor bias=None, int(s) stride=1, int(s)
    padding=0, int(s) output_padding=0, int groups=1, int(s) dilation=1
convolution: input, weight, Tensor? bias, ints stride, ints padding, ints dilation, bool transposed, ints
    output_padding, int groups
cosine_embedding_loss margin_ranking_loss: input1, input2, target, float margin=0.0, int reduction=1
cosine_similarity: x1, x2, int dim=1, float eps=1e-08
count_nonzero: input, int dim=None | input, ints? dim
cov: input, *, int correction=1, Tensor fweights=None, Tensor aweights=None
cross: input, other, int dim=None, *, out
ctc_loss: log_probs, targets, ints input_lengths, ints target_lengths, int blank=0, int reduction=at::Reduction::Mean,
    bool zero_infinity=False | log_probs, targets, input_lengths, target_lengths, int blank=0, int
    reduction=at::Reduction::Mean, bool zero_infinity=False
cummax cummin: input, int dim, *, outs
cumprod cumsum: input, int dim, *, dtype, out
cumulative_trapezoid trapezoid: y, x, *, int dim=-1 | y, *, Number dx=1, int dim=-1
diag tril triu: input, int diagonal=0, *, out
diag_embed: input, int offset=0, int dim1=-2, int dim2=-1
diagflat: input, int offset=0
diagonal: input, int offset=0, int dim1=0, int dim2=1
diagonal_copy: input, int offset=0, int dim1=0, int dim2=1, *, out
diagonal_scatter: input, src, int offset=0, int dim1=0, int dim2=1
diff: input, int n=1, int dim=-1, Tensor prepend=None, Tensor append=None, *, out
dist: input, other, Number p=2
div: input, other, *, out | input, other, *, str? rounding_mode, out | input, Number other, *, str? rounding_mode
divide: input, other, *, out | input, other, *, str? rounding_mode, out | input, Number other | input, Number other,
    *, str? rounding_mode
dot: input, tensor, *, out
dsplit hsplit vsplit: input, int sections | input, ints indices
elu_: input, Number alpha=1, Number scale=1, Number input_scale=1
embedding: weight, indices, int padding_idx=-1, bool scale_grad_by_freq=False, bool sparse=False
empty: ints size, *, memory_format, out, FACTORY
empty_like ones_like zeros_like: input, *, memory_format, FACTORY
empty_permuted: ints size, ints physical_layout, *, FACTORY
equal is_same_size: input, other
expand_copy: input, ints size, *, bool implicit=False, out
eye: int n, *, out, FACTORY | int n, int m, *, out, FACTORY
fft_fftfreq fft_rfftfreq: int n, float d=1.0, *, out, FACTORY
fft_fftshift fft_ifftshift: input, int(s) dim=None
fill: input, value | input, Number value
flatten: input, int start_dim=0, int end_dim=-1
flip permute tile: input, ints dims
float_power pow: input, exponent, *, out | Number self, exponent, *, out | input, Number exponent, *, out
floor_divide multiply true_divide: input, other, *, out | input, Number other
frobenius_norm logsumexp special_logsumexp: input, int(s) dim, keepdim, *, out
full: ints size, Number fill_value, *, out, FACTORY
full_like: input, Number fill_value, *, memory_format, FACTORY
gather: input, int dim, index, *, bool sparse_grad=False, out
gelu: input, *, str approximate=none, out
ger outer: input, vec2, *, out
gradient: input, *, ints? dim, int edge_order=1 | input, *, Number spacing, ints? dim, int edge_order=1 | input, *,
    Number spacing=None, int dim=None, int edge_order=1 | input, *, Numbers? spacing, int dim=None, int edge_order=1 |
    input, *, Numbers? spacing, ints? dim, int edge_order=1 | input, *, Tensors? spacing, int dim=None, int
    edge_order=1 | input, *, Tensors? spacing, ints? dim, int edge_order=1
grid_sampler grid_sampler_2d grid_sampler_3d: input, grid, int interpolation_mode, int padding_mode, bool
    align_corners
group_norm: input, int num_groups, Tensor weight=None, Tensor bias=None, float eps=1e-05, bool cudnn_enabled=True
gru rnn_relu rnn_tanh: data, batch_sizes, hx, Tensors params, bool has_biases, int num_layers, float dropout, bool
    train, bool bidirectional | input, hx, Tensors params, bool has_biases, int num_layers, float dropout, bool train,
    bool bidirectional, bool batch_first
gru_cell rnn_relu_cell rnn_tanh_cell: input, hx, w_ih, w_hh, Tensor b_ih=None, Tensor b_hh=None
hamming_window: int window_length, *, FACTORY | int window_length, bool periodic, *, FACTORY | int window_length, bool
    periodic, float alpha, *, FACTORY | int window_length, bool periodic, float alpha, float beta, *, FACTORY
hardshrink softshrink: input, Number lambd=0.5, *, out
hardtanh_: input, Number min_val=-1, Number max_val=1
hash_tensor: input, int(s)? dim=(), *, keepdim, int mode=0, out
heaviside: input, values, *, out
hinge_embedding_loss: input, target, float margin=1.0, int reduction=1
histc: input, int bins=100, Number min=0, Number max=0, *, out
histogram: input, bins, *, Tensor weight=None, bool density=False, outs | input, int bins=100, *, floats range=None,
    Tensor weight=None, bool density=False, outs
histogramdd: input, int bins, floats range=None, Tensor weight=None, bool density=False | input, ints bins, floats
    range=None, Tensor weight=None, bool density=False | input, Tensors bins, floats range=None, Tensor weight=None,
    bool density=False
index_add: input, int dim, index, source, *, Number alpha=1, out
index_copy: input, int dim, index, source, *, out
index_fill: input, int dim, index, value | input, int dim, index, Number value
index_put: input, Tensors indices, values, bool accumulate=False
index_reduce: input, int dim, index, source, str reduce, *, bool include_self=True, out
index_select: input, int dim, index, *, out
instance_norm: input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool use_input_stats,
    float momentum, float eps, bool cudnn_enabled
isin: elements, test_elements, *, bool assume_unique=False, bool invert=False, out | Number element, test_elements, *,
    bool assume_unique=False, bool invert=False, out | elements, Number test_element, *, bool assume_unique=False,
    bool invert=False, out
kaiser_window: int window_length, *, FACTORY | int window_length, bool periodic, *, FACTORY | int window_length, bool
    periodic, float beta, *, FACTORY
kl_div: input, target, int reduction=1, *, bool log_target=False
kthvalue: input, int k, int dim=-1, keepdim, *, outs
layer_norm: input, ints normalized_shape, Tensor weight=None, Tensor bias=None, float eps=1e-05, bool
    cudnn_enable=True
leaky_relu_: input, Number negative_slope=0.01
lerp: input, end, weight, *, out | input, end, Number weight, *, out
linalg_cholesky: input, *, bool upper=False, out
linalg_cholesky_ex: input, *, bool upper=False, bool check_errors=False, outs
linalg_cond: input, Number p=None, *, out | input, str? p, *, out
linalg_cross: input, other, *, int dim=-1, out
linalg_det linalg_inv: A, *, out
linalg_diagonal: A, *, int offset=0, int dim1=-2, int dim2=-1
linalg_eigh: input, str UPLO=L, *, outs
linalg_eigvalsh: input, str UPLO=L, *, out
linalg_householder_product: input, tau, *, out
linalg_inv_ex: A, *, bool check_errors=False, outs
linalg_ldl_factor: input, *, bool hermitian=False, outs
linalg_ldl_factor_ex: input, *, bool hermitian=False, bool check_errors=False, outs
linalg_ldl_solve: LD, pivots, B, *, bool hermitian=False, out
linalg_lstsq: input, b, float rcond=None, *, str driver=None, outs
linalg_lu linalg_lu_factor: A, *, bool pivot=True, outs
linalg_lu_factor_ex: A, *, bool pivot=True, bool check_errors=False, outs
linalg_lu_solve: LU, pivots, B, *, bool left=True, bool adjoint=False, out
linalg_matrix_norm: input, Number ord, ints dim={-2,-1}, keepdim, *, dtype, out | input, str ord="fro", ints
    dim={-2,-1}, keepdim, *, dtype, out
linalg_matrix_power matrix_power: input, int n, *, out
linalg_matrix_rank: input, *, Tensor atol=None, Tensor rtol=None, bool hermitian=False, out | input, *, float
    atol=None, float rtol=None, bool hermitian=False, out | input, tol, bool hermitian=False, *, out | input, float
    tol, bool hermitian=False, *, out
linalg_norm: input, Number ord=None, int(s) dim=None, keepdim, *, dtype, out | input, str? ord, int(s) dim=None,
    keepdim, *, dtype, out
linalg_pinv: input, *, Tensor atol=None, Tensor rtol=None, bool hermitian=False, out | input, *, float atol=None,
    float rtol=None, bool hermitian=False, out | input, rcond, bool hermitian=False, *, out | input, float rcond, bool
    hermitian=False, *, out
linalg_qr: A, str mode=reduced, *, outs
linalg_slogdet: A, *, outs
linalg_solve: A, B, *, bool left=True, out
linalg_solve_ex: A, B, *, bool left=True, bool check_errors=False, outs
linalg_solve_triangular: input, B, *, bool upper, bool left=True, bool unitriangular=False, out
linalg_svd: A, bool full_matrices=True, *, str driver=None, outs
linalg_svdvals: A, *, str driver=None, out
linalg_tensorinv: input, int ind=2, *, out
linalg_tensorsolve: input, other, ints dims=None, *, out
linalg_vander: x, *, int N=None
linalg_vecdot: x, y, *, int dim=-1, out
linalg_vector_norm: input, Number ord=2, int(s) dim=None, keepdim, *, dtype, out
linear: input, weight, Tensor bias=None, *, out
linspace: start, end, int steps, *, out, FACTORY | Number start, end, int steps, *, out, FACTORY | start, Number end,
    int steps, *, out, FACTORY | Number start, Number end, int steps, *, out, FACTORY
log_softmax softmax: input, int dim, dtype, *, out
logcumsumexp unsqueeze_copy: input, int dim, *, out
logit special_logit: input, float eps=None, *, out
logspace: start, end, int steps, float base=10.0, *, out, FACTORY | Number start, end, int steps, float base=10.0, *,
    out, FACTORY | start, Number end, int steps, float base=10.0, *, out, FACTORY | Number start, Number end, int
    steps, float base=10.0, *, out, FACTORY
lstm: data, batch_sizes, Tensors hx, Tensors params, bool has_biases, int num_layers, float dropout, bool train, bool
    bidirectional | input, Tensors hx, Tensors params, bool has_biases, int num_layers, float dropout, bool train,
    bool bidirectional, bool batch_first
lstm_cell: input, Tensors hx, w_ih, w_hh, Tensor b_ih=None, Tensor b_hh=None
lu_solve: input, LU_data, LU_pivots, *, out
lu_unpack: LU_data, LU_pivots, bool unpack_data=True, bool unpack_pivots=True, *, outs
masked_fill: input, mask, value | input, mask, Number value
masked_scatter: input, mask, source
masked_select: input, mask, *, out
max min: input, *, out | input, other, *, out | input, int dim, keepdim, *, outs
mean: input, *, dtype, out | input, int(s)? dim, keepdim, *, dtype, out
median nanmedian: input | input, int dim, keepdim, *, outs
mode: input, int dim=-1, keepdim, *, outs
moveaxis movedim: input, int source, int destination | input, ints source, ints destination
multinomial: input, int num_samples, bool replacement=False, *, generator, out
mv: input, vec, *, out
mvlgamma special_multigammaln: input, int p, *, out
nan_to_num: input, float nan=None, float posinf=None, float neginf=None, *, out
nanmean nansum: input, int(s) dim=None, keepdim, *, dtype, out
nanquantile quantile: input, q, int dim=None, keepdim, *, str interpolation="linear", out | input, float q, int
    dim=None, keepdim, *, str interpolation="linear", out
narrow: input, int dim, start, int length | input, int dim, int start, int length
narrow_copy: input, int dim, int start, int length, *, out
native_batch_norm: input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var, bool training,
    float momentum, float eps, *, outs
native_dropout: input, float p, bool? train
native_group_norm: input, Tensor? weight, Tensor? bias, int N, int C, int HxW, int group, float eps
native_layer_norm: input, ints normalized_shape, Tensor? weight, Tensor? bias, float eps
nonzero: input, *, out
nonzero_static: input, *, int size, int fill_value=-1, out
norm_except_dim: v, int pow=2, int dim=0
normal: mean, std, *, generator, out | mean, float std=1, *, generator, out | float mean, std, *, generator, out |
    float mean, float std, ints size, *, generator, out, FACTORY
nuclear_norm: input, int(s) dim, keepdim, *, out | input, keepdim, *, out
one_hot: input, int num_classes=-1
ones zeros: ints size, *, out, FACTORY
orgqr: input, input2, *, out
ormqr: input, input2, input3, bool left=True, bool transpose=False, *, out
pairwise_distance: x1, x2, float p=2.0, float eps=1e-06, keepdim
pdist: input, float p=2.0
permute_copy: input, ints dims, *, out
pinverse: input, float rcond=1e-15
pixel_shuffle: input, int upscale_factor
pixel_unshuffle: input, int downscale_factor
poisson: input, generator
poisson_nll_loss: input, target, bool log_input, bool full, float eps, int reduction
polar: abs, angle, *, out
polygamma special_polygamma: int n, input, *, out
prelu: input, weight
prod: input, *, dtype | input, int dim, keepdim, *, dtype, out
promote_types: dtype type1, dtype type2
put: input, index, source, bool accumulate=False
qr: input, bool some=True, *, outs
rand randn: ints size, *, Generator? generator, out, FACTORY | ints size, *, out, FACTORY
rand_like randn_like: input, *, Generator? generator, memory_format, FACTORY | input, *, memory_format, FACTORY
randint: int high, ints size, *, Generator? generator, out, FACTORY | int high, ints size, *, out, FACTORY | int low,
    int high, ints size, *, Generator? generator, out, FACTORY | int low, int high, ints size, *, out, FACTORY
randint_like: input, int low, int high, *, Generator? generator, memory_format, FACTORY | input, int low, int high, *,
    memory_format, FACTORY | input, high, *, Generator? generator, memory_format, FACTORY | input, high, *,
    memory_format, FACTORY | input, int high, *, Generator? generator, memory_format, FACTORY | input, int high, *,
    memory_format, FACTORY
randperm: int n, *, Generator? generator, out, FACTORY | int n, *, out, FACTORY
range: Number start, Number end, Number step=1, *, dtype, layout layout=strided, device device=None, out, bool
    requires_grad=False
renorm: input, Number p, int dim, Number maxnorm, *, out
repeat_interleave: input, repeats, int dim=None, *, int output_size=None | repeats, *, int output_size=None | input,
    int repeats, int dim=None, *, int output_size=None
reshape: input, ints shape
resize_as_: input, the_template, *, memory_format
result_type: tensor, other | Number scalar, tensor | tensor, Number other | Number scalar1, Number scalar2
rms_norm: input, ints normalized_shape, Tensor weight=None, float eps=None
roll: input, int(s) shifts, int(s)? dims=()
rot90: input, int k=1, ints dims=(0,1)
round: input, *, out | input, *, int decimals, out
rrelu: input, Number lower=0.125, Number upper=0.3333333333333333, bool training=False, generator
rsub: input, other, *, Number alpha=1 | input, Number other, Number alpha=1
scalar_tensor: Number s, *, FACTORY
scaled_dot_product_attention: query, key, value, Tensor attn_mask=None, float dropout_p=0.0, bool is_causal=False, *,
    float scale=None, bool enable_gqa=False
scatter: input, int dim, index, src, *, out | input, int dim, index, src, *, str reduce, out | input, int dim, index,
    Number value, *, out | input, int dim, index, Number value, *, str reduce, out
scatter_add: input, int dim, index, src, *, out
scatter_reduce: input, int dim, index, src, str reduce, *, bool include_self=True, out
searchsorted: sorted_sequence, input, *, bool out_int32=False, bool right=False, str side=None, Tensor sorter=None,
    out | sorted_sequence, Number self, *, bool out_int32=False, bool right=False, str side=None, Tensor sorter=None,
    out
segment_reduce: data, str reduce, *, Tensor lengths=None, Tensor indices=None, Tensor offsets=None, int axis=0, bool
    unsafe=False, Number initial=None
select: input, int dim, int index
select_copy: input, int dim, int index, *, out
select_scatter: input, src, int dim, int index
slice_copy: input, int dim=0, int start=None, int end=None, int step=1, *, out
slice_inverse: input, src, int dim=0, int start=None, int end=None, int step=1
slice_scatter: input, src, int dim=0, int start=None, int end=None, int step=1, *, out
softplus: input, Number beta=1, Number threshold=20, *, out
sort: input, *, bool? stable, int dim=-1, bool descending=False, outs | input, int dim=-1, bool descending=False, *,
    outs
sparse_coo_tensor: object indices, object values, *, dtype, device device=None, bool? pin_memory=False, bool?
    requires_grad=False, bool check_invariants=None, bool is_coalesced=None | object indices, object values, ints
    size, *, dtype, device device=None, bool? pin_memory=False, bool? requires_grad=False, bool check_invariants=None,
    bool is_coalesced=None | ints size, *, dtype, device device=None, bool? requires_grad=False, bool
    check_invariants=None
special_log_softmax: input, int dim, *, dtype
special_round: input, *, int decimals=0, out
special_softmax: input, int dim, dtype
split_copy: input, int split_size, int dim=0, *, outs
split_with_sizes unsafe_split_with_sizes: input, ints split_sizes, int dim=0
split_with_sizes_copy: input, ints split_sizes, int dim=0, *, outs
squeeze: input | input, int dim | input, ints dim
squeeze_copy: input, *, out | input, int dim, *, out | input, ints dim, *, out
std var: input, int(s)? dim, bool unbiased=True, keepdim, *, out | input, int(s) dim=None, *, Number correction=None,
    keepdim, out | input, bool unbiased=True
std_mean var_mean: input, int(s)? dim, bool unbiased=True, keepdim | input, int(s) dim=None, *, Number
    correction=None, keepdim | input, bool unbiased=True
subtract: input, other, *, Number alpha=1, out | input, Number other, Number alpha=1
sum: input, *, dtype | input, int(s)? dim, keepdim, *, dtype, out
svd: input, bool some=True, bool compute_uv=True, *, outs
swapaxes: input, int axis0, int axis1
swapdims transpose: input, int dim0, int dim1
take: input, index, *, out
take_along_dim: input, indices, int dim=None, *, out
tensor: object data, *, dtype, device device=None, bool? requires_grad=False, bool? pin_memory=False
tensor_split: input, ints indices, int dim=0 | input, tensor_indices_or_sections, int dim=0 | input, int sections, int
    dim=0
threshold: input, Number threshold, Number value, *, out
to_dlpack: data, *, bool copy=None
topk: input, int k, int dim=-1, bool largest=True, bool sorted=True, *, outs
transpose_copy: input, int dim0, int dim1, *, out
trapz: y, *, float dx=1, int dim=-1 | y, x, *, int dim=-1
triangular_solve: input, A, bool upper=True, bool transpose=False, bool unitriangular=False, *, outs
tril_indices triu_indices: int row, int col, int offset=0, *, dtype, layout layout=None, device device=None, bool?
    pin_memory=False, bool? requires_grad=False
triplet_margin_loss: anchor, positive, negative, float margin=1.0, float p=2.0, float eps=1e-06, bool swap=False, int
    reduction=1
unbind: input, int dim=0
unbind_copy: input, int dim=0, *, outs
unflatten: input, int dim, ints sizes
unfold_copy: input, int dimension, int size, int step, *, out
unsafe_split: input, int split_size, int dim=0
unsqueeze: input, int dim
vander: x, int N=None, bool increasing=False
view_copy: input, dtype dtype, *, out | input, ints size, *, out
where: condition | condition, input, other, *, out | condition, Number self, other | condition, input, Number other |
    condition, Number self, Number other
xlogy_: input, other | input, Number other
Tensor.addmm: mat1, mat2, *, Number beta=1, Number alpha=1 | ~Number beta, self, Number alpha, mat1, mat2 | ~Number
    beta, self, mat1, mat2
Tensor.baddbmm: batch1, batch2, *, Number beta=1, Number alpha=1 | ~Number beta, self, Number alpha, batch1, batch2 |
    ~Number beta, self, batch1, batch2
Tensor.bernoulli_: p, *, generator | float p=0.5, *, generator
Tensor.bmm Tensor.mm: mat2
Tensor.cauchy_: float median=0.0, float sigma=1.0, *, generator
Tensor.contiguous: *, memory_format memory_format=contiguous_format
Tensor.copy_: other, bool non_blocking=False | ~other, bool async=False
Tensor.expand: ints size, *, bool implicit=False
Tensor.exponential_: float lambd=1.0, *, generator
Tensor.fill_diagonal_: Number fill_value, bool wrap=False
Tensor.float_power Tensor.pow: exponent | Number exponent
Tensor.geometric_: float p, *, generator
Tensor.is_contiguous: *, memory_format memory_format=contiguous_format
Tensor.log_normal_: float mean=1.0, float std=2.0, *, generator
Tensor.new_empty Tensor.new_ones Tensor.new_zeros: ints size, *, FACTORY
Tensor.new_empty_strided empty_strided: ints size, ints stride, *, FACTORY
Tensor.new_full: ints size, Number fill_value, *, FACTORY
Tensor.new_tensor: object data, *, dtype, device device=None, bool? requires_grad=False
Tensor.nonzero: () | *, bool as_tuple
Tensor.normal_: float mean=0.0, float std=1.0, *, generator
Tensor.numpy: *, bool force=False
Tensor.polygamma: int n
Tensor.random_: *, generator | int from, int? to, *, generator | int to, *, generator
Tensor.repeat: ints repeats
Tensor.repeat_interleave: repeats, int dim=None, *, int output_size=None | int repeats, int dim=None, *, int
    output_size=None
Tensor.requires_grad_: bool requires_grad=True
Tensor.resize_: ints size, *, memory_format
Tensor.size Tensor.stride: int dim=None
Tensor.sum_to_size: ints size
Tensor.to: device device=None, dtype, bool non_blocking=False, bool copy=False, *, memory_format | dtype? dtype, bool
    non_blocking=False, bool copy=False, *, memory_format | tensor, bool non_blocking=False, bool copy=False, *,
    memory_format
Tensor.to_dense: dtype, *, bool masked_grad=None
Tensor.type: object dtype=None, bool non_blocking=False, *, memory_format | ~object dtype=None, bool async=False, *,
    memory_format
Tensor.unfold: int dimension, int size, int step
Tensor.uniform_: float from=0.0, float to=1.0, *, generator
Tensor.view: dtype dtype | ints size
Tensor.where: condition, other | condition, Number other
"""
