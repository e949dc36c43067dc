"""The determinism contract, the half that only the process itself can keep.

The runner fixes the environment before the process starts: an instruction set
or a cuBLAS workspace can't be chosen afterwards. This module sets torch's
switches and reads everything back, because a request that silently had no
effect is the usual way to lose bits: OMP_NUM_THREADS=4 on two cores gives two
threads.
"""

from __future__ import annotations

import os
import random
from typing import Any

from .square_roots import round_square_roots

ENVIRONMENT = (
    "ATEN_CPU_CAPABILITY",
    "CAUSAL_CONV1D_DETERMINISTIC",
    "CUBLAS_WORKSPACE_CONFIG",
    "CUDA_DEVICE_ORDER",
    "FLASH_ATTENTION_DETERMINISTIC",
    "GLIBC_TUNABLES",
    "HF_DATASETS_OFFLINE",
    "HF_HUB_OFFLINE",
    "LC_ALL",
    "MAMBA_DETERMINISTIC",
    "MKL_CBWR",
    "MKL_DYNAMIC",
    "MKL_NUM_THREADS",
    "NCCL_ALGO",
    "NCCL_COLLNET_ENABLE",
    "NCCL_LAUNCH_MODE",
    "NCCL_MAX_NCHANNELS",
    "NCCL_MIN_NCHANNELS",
    "NCCL_NVLS_ENABLE",
    "NCCL_PROTO",
    "NPY_DISABLE_CPU_FEATURES",
    "NVIDIA_TF32_OVERRIDE",
    "NVTE_ALLOW_NONDETERMINISTIC_ALGO",
    "OMP_DYNAMIC",
    "OMP_NUM_THREADS",
    "ONEDNN_MAX_CPU_ISA",
    "OPENBLAS_CORETYPE",
    "OPENBLAS_NUM_THREADS",
    "PYTHONHASHSEED",
    "REPRO_GPUS",
    "REPRO_PORTABLE",
    "TOKENIZERS_PARALLELISM",
    "TORCHINDUCTOR_COORDINATE_DESCENT_TUNING",
    "TORCHINDUCTOR_DETERMINISTIC",
    "TORCHINDUCTOR_MAX_AUTOTUNE",
    "TRANSFORMERS_OFFLINE",
    "TZ",
    "VERL_DISABLE_FLASH_ATTN_CE",
    "VLLM_BATCH_INVARIANT",
    "VLLM_ENABLE_V1_MULTIPROCESSING",
)


def enforce_determinism(seed: int | None) -> dict[str, Any]:
    """Set torch's switches and seeds; return what was read back.

    Call it before a model exists. Seeds are set only when there is one.
    """
    import torch

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    _refuse_nondeterminism(torch)
    if os.environ.get("REPRO_PORTABLE") == "1":
        round_square_roots()
    if seed is not None:
        _seed_generators(torch, seed)
    return _effective(torch)


def _refuse_nondeterminism(torch: Any) -> None:
    # warn_only=True would silently keep the nondeterministic attention backward.
    torch.use_deterministic_algorithms(True, warn_only=False)
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False
    torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction = False
    # Filling uninitialised memory costs up to 15 % and hides bugs rather than bits.
    torch.utils.deterministic.fill_uninitialized_memory = False


def _seed_generators(torch: Any, seed: int) -> None:
    import numpy

    random.seed(seed)
    numpy.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def _effective(torch: Any) -> dict[str, Any]:
    matmul = torch.backends.cuda.matmul
    return {
        "torch": {
            "version": torch.__version__,
            "threads": torch.get_num_threads(),
            "cpu_capability": torch.backends.cpu.get_cpu_capability(),
            "deterministic_algorithms": torch.are_deterministic_algorithms_enabled(),
            "deterministic_warn_only": torch.is_deterministic_algorithms_warn_only_enabled(),
            "fill_uninitialized_memory": torch.utils.deterministic.fill_uninitialized_memory,
            "cudnn_deterministic": torch.backends.cudnn.deterministic,
            "cudnn_benchmark": torch.backends.cudnn.benchmark,
            "cudnn_allow_tf32": torch.backends.cudnn.allow_tf32,
            "matmul_allow_tf32": matmul.allow_tf32,
            "matmul_bf16_reduced_precision": matmul.allow_bf16_reduced_precision_reduction,
            "matmul_fp16_reduced_precision": matmul.allow_fp16_reduced_precision_reduction,
            "cuda": _cuda(torch),
        }
    }


def _cuda(torch: Any) -> dict[str, Any] | None:
    if not torch.cuda.is_available():
        return None
    properties = torch.cuda.get_device_properties(0)
    return {
        "runtime": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),
        "device": properties.name,
        "multiprocessors": properties.multi_processor_count,
        "count": torch.cuda.device_count(),
    }
