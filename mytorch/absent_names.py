"""Functions and classes of torch that have no meaning here: they exist, and say why when they are called.

torch's submodules that are missing are missing, for a program that asks with `hasattr` or `import`; who reads one is
told why.
"""
from __future__ import annotations

from typing import Any, Callable

__all__ = ["NotHere", "fill", "missing", "page", "refusing"]


class NotHere(NotImplementedError, AttributeError):
    """Is no attribute (hasattr says so), and says why."""


_NO_COMPILER = "Mytorch has no compiler and no TorchScript: functions run as they are written"
_NO_QUANTIZED = "Mytorch has no quantized tensors"
_NO_STORAGES = "Mytorch keeps numbers in NumPy arrays and has no storage objects"
_NO_DISPATCH = "Mytorch dispatches to NumPy alone"

#: why -> torch's public names.
REASONS = {
    _NO_COMPILER: """
        AggregationType Future Node
        AliasDb AnyType Argument ArgumentSpec AwaitType Block BoolType BufferDict CallStack Capsule ClassType Code
        CompilationUnit CompleteArgumentSpec ComplexType ConcreteModuleType ConcreteModuleTypeBuilder DeepCopyMemoTable
        DeserializationStorageContext DeviceObjType DictType EnumType ErrorReport ExecutionPlan FileCheck FloatType
        FunctionSchema FutureType Gradient Graph GraphExecutorState IODescriptor InferredType IntType InterfaceType
        JITException ListType LiteScriptModule LockingLogger LoggerBase NoneType NoopLogger NumberType OperatorInfo
        OptionalType PyObjectType PyTorchFileReader PyTorchFileWriter RRefType ScriptClass ScriptClassFunction
        ScriptDict ScriptDictIterator ScriptDictKeyIterator ScriptFunction ScriptList ScriptListIterator ScriptMethod
        ScriptModule ScriptModuleSerializer ScriptObject ScriptObjectProperty SerializationStorageContext StaticModule
        StreamObjType StringType SymBool SymBoolType SymFloat SymInt SymIntType TensorType TracingState TupleType Type
        UnionType Use Value cond fork import_ir_module import_ir_module_from_buffer merge_type_from_type_comment
        parse_ir parse_schema parse_type_comment sym_fresh_size
        unify_type_list wait while_loop classproperty""",
    "it is about how torch itself was built and started": """
        compiled_with_cxx11_abi get_file_path init_num_threads is_vulkan_available prepare_multiprocessing_environment
        thread_safe_generator""",
    _NO_QUANTIZED: """
        choose_qparams_optimized empty_quantized fake_quantize_per_channel_affine fake_quantize_per_tensor_affine
        fbgemm_linear_fp16_weight fbgemm_linear_fp16_weight_fp32_activation fbgemm_linear_int8_weight
        fbgemm_linear_int8_weight_fp32_activation fbgemm_linear_quantize_weight fbgemm_pack_gemm_matrix_fp16
        fbgemm_pack_quantized_matrix fused_moving_avg_obs_fake_quant quantize_per_channel quantize_per_tensor
        quantize_per_tensor_dynamic quantized_batch_norm quantized_gru quantized_gru_cell quantized_lstm
        quantized_lstm_cell quantized_max_pool1d quantized_max_pool2d quantized_max_pool3d quantized_rnn_relu_cell
        quantized_rnn_tanh_cell QInt32Storage QInt8Storage QUInt2x4Storage QUInt4x2Storage QUInt8Storage""",
    "it belongs to a GPU or to a library that Mytorch does not use": """
        AcceleratorError Event FatalError OutOfMemoryError Stream batch_norm_backward_elemt
        batch_norm_backward_reduce batch_norm_elemt
        batch_norm_gather_stats batch_norm_gather_stats_with_counts batch_norm_stats batch_norm_update_stats
        cudnn_affine_grid_generator cudnn_batch_norm cudnn_convolution cudnn_convolution_add_relu
        cudnn_convolution_relu cudnn_convolution_transpose cudnn_grid_sampler cudnn_is_acceptable get_device_module
        miopen_batch_norm miopen_convolution miopen_convolution_add_relu miopen_convolution_relu
        miopen_convolution_transpose miopen_ctc_loss miopen_depthwise_convolution miopen_rnn mkldnn_adaptive_avg_pool2d
        mkldnn_convolution mkldnn_linear_backward_weights mkldnn_max_pool2d mkldnn_max_pool3d mkldnn_rnn_layer
        profiler_allow_cudagraph_cupti_lazy_reinit_cuda12""",
    _NO_STORAGES: """
        BFloat16Storage BoolStorage ByteStorage CharStorage ComplexDoubleStorage ComplexFloatStorage DoubleStorage
        FloatStorage HalfStorage IntStorage LongStorage ShortStorage Storage StorageBase TypedStorage UntypedStorage""",
    "Mytorch has sparse tensors of layout torch.sparse_coo only": """
        ccol_indices_copy col_indices_copy crow_indices_copy dsmm hsmm hspmm indices_copy resize_as_sparse_
        row_indices_copy saddmm smm sparse_bsc_tensor sparse_bsr_tensor sparse_compressed_tensor sparse_csc_tensor
        sparse_csr_tensor sspaddmm values_copy""",
    "it is not here yet; pickle keeps tensors and the dicts of state_dict()": "load save",
    _NO_DISPATCH: """
        BenchmarkConfig BenchmarkExecutionStats DisableTorchFunction DisableTorchFunctionSubclass DispatchKey
        DispatchKeySet ExcludeDispatchKeyGuard ThroughputBenchmark Tag""",
}
#: why -> torch's submodules.
SUBMODULES = {
    _NO_COMPILER: "classes compiler export fx jit library monitor package",
    _NO_QUANTIZED: "ao quantization",
    "Mytorch computes on one CPU, and asks no other device": "cpu mps mtia xpu",
    "Mytorch writes no other library's files and loads nothing from a hub": "hub onnx",
    "Mytorch has no nested and no masked tensors": "masked nested",
    "it is not here yet":
        "distributed distributions functional futures multiprocessing overrides profiler quasirandom "
        "serialization signal storage testing torch_version types version",
}
#: The same for Tensor and for nn.functional.
TENSOR = {
    "Mytorch has no quantized, nested or other devices' tensors": "ipu record_stream to_padded_tensor",
    _NO_STORAGES: "storage storage_type",
    "Mytorch has sparse tensors of layout torch.sparse_coo only, in a class of their own":
        "resize_as_sparse_ smm sparse_resize_ sparse_resize_and_clear_ sspaddmm",
    "it was removed from torch, which raises too": "reinforce",
    "Mytorch has no dimensions of the first class (functorch.dim)": "index",
}
FUNCTIONAL = {
    "a product of narrow types on GPUs; use torch.matmul":
        "ScalingType SwizzleType grouped_mm scaled_grouped_mm scaled_mm",
    _NO_COMPILER: "assert_int_or_pair boolean_dispatch",
    _NO_DISPATCH: "handle_torch_function has_torch_function has_torch_function_unary has_torch_function_variadic",
}


def _absent(name: str, spelled: str, why: str) -> Any:
    """A function that raises; for a capital name a class that cannot be made, so that isinstance and except work."""
    def absent(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"{spelled}: {why}")
    doc = f"Raises NotImplementedError: {why}."
    if name[0].isupper():
        base = RuntimeError if name.endswith(("Error", "Exception")) else object
        return type(name, (base,), {"__new__": absent, "__doc__": doc, "absent": True})
    absent.__name__ = absent.__qualname__ = name
    absent.__doc__ = doc
    absent.absent = True  # type: ignore[attr-defined]
    return absent


def page(module: str, why: str) -> Callable[[str], Any]:
    """The `__getattr__` of a module that stands for one of torch's and has few of its names."""
    def __getattr__(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module 'my{module}' has no attribute {name!r}")
        raise NotHere(f"{module}.{name}: {why}")
    return __getattr__


def refusing(names: str, error: type[Exception], text: str) -> dict[str, Callable]:
    """Functions by name that raise `error`, as torch's do where the device is not there."""
    def function(name: str) -> Callable:
        def refuse(*args: Any, **kwargs: Any) -> Any:
            raise error(text)
        refuse.__name__ = refuse.__qualname__ = name
        refuse.__doc__ = f"Raises {error.__name__}: there is no such device."
        return refuse
    return {name: function(name) for name in names.split()}


def missing(name: str) -> AttributeError:
    """The error for a name that the package has not."""
    for why, names in SUBMODULES.items():
        if name in names.split():
            return NotHere(f"torch.{name}: {why}")
    return AttributeError(f"module 'mytorch' has no attribute {name!r}")


def fill(package: Any) -> None:
    """Give the package, its Tensor and nn.functional the names that they have not."""
    for owner, reasons, prefix in ((package, REASONS, ""), (package.Tensor, TENSOR, "Tensor."),
                                   (package.nn.functional, FUNCTIONAL, "nn.functional.")):
        for why, names in reasons.items():
            for name in names.split():
                if not hasattr(owner, name):
                    setattr(owner, name, _absent(name, prefix + name, why))
