import type {Resources} from '../../schemas/plan.ts';

/**
 * What the runner sets before a stage's process starts. It is in the key: change
 * a line and every stage has a new key. Most of it must be set before Python starts, and silently does
 * nothing otherwise; that is why the runner sets it and not the stage.
 */
export function contractVariables({cpus, gpus, portable}: Resources): Readonly<Record<string, string>> {
  // The number of GPUs decides how a batch is split, and so the order of sums.
  return {
    ...LANGUAGE,
    ...OFFLINE,
    ...CPU,
    ...(portable === true && PORTABLE),
    ...threads(cpus),
    REPRO_GPUS: String(gpus),
    ...CUDA,
    ...NCCL,
    ...VLLM,
    ...(gpus > 0 && LIBRARIES_ON_GPUS),
  };
}

const LANGUAGE = {PYTHONHASHSEED: '0', TZ: 'UTC', LC_ALL: 'C.UTF-8', TOKENIZERS_PARALLELISM: 'false'};

/** A stage's inputs are its only data: a hub must never be asked, even where there is a network. */
const OFFLINE = {HF_HUB_OFFLINE: '1', HF_DATASETS_OFFLINE: '1', TRANSFORMERS_OFFLINE: '1'};

/** One instruction-set level for all: the widest one changes the bits of matrix products and even of a seeded init. */
const CPU = {
  ATEN_CPU_CAPABILITY: 'avx2',
  ONEDNN_MAX_CPU_ISA: 'AVX2',
  MKL_CBWR: 'AVX2',
  OPENBLAS_CORETYPE: 'Haswell',
};

/**
 * What an Intel and an AMD machine compute alike, found out with a probe under emulated CPUs: MKL otherwise takes
 * its code by the vendor, and numpy and glibc by the highest level that there is. MKL's compatible code still takes the
 * approximations RSQRTPS and RCPPS, which each maker of CPUs makes in its own way. So the SDK reads REPRO_PORTABLE and
 * replaces torch's square roots, which MKL would compute, by ones that are rounded correctly.
 */
const PORTABLE = {
  MKL_CBWR: 'COMPATIBLE',
  NPY_DISABLE_CPU_FEATURES: 'AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR',
  GLIBC_TUNABLES: 'glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX512DQ,-AVX512CD',
  REPRO_PORTABLE: '1',
};

/** The thread count changes large sums, so it is what the pipeline declares, never what the machine has. */
function threads(cpus: number): Readonly<Record<string, string>> {
  const count = String(Math.max(1, Math.ceil(cpus)));
  return {
    OMP_NUM_THREADS: count,
    MKL_NUM_THREADS: count,
    OPENBLAS_NUM_THREADS: count,
    OMP_DYNAMIC: 'FALSE',
    MKL_DYNAMIC: 'FALSE',
  };
}

const CUDA = {
  CUBLAS_WORKSPACE_CONFIG: ':4096:8',
  CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
  NVIDIA_TF32_OVERRIDE: '0',
  TORCHINDUCTOR_DETERMINISTIC: '1',
  FLASH_ATTENTION_DETERMINISTIC: '1',
};

const NCCL = {
  NCCL_ALGO: 'Ring',
  NCCL_PROTO: 'Simple',
  NCCL_NVLS_ENABLE: '0',
  NCCL_COLLNET_ENABLE: '0',
  NCCL_MIN_NCHANNELS: '8',
  NCCL_MAX_NCHANNELS: '8',
};

/**
 * Switches of libraries that have nothing to switch on a CPU, so a CPU stage's key is without them: Transformer Engine,
 * Mamba and causal-conv1d (as Megatron-LM's deterministic training asks for), verl's cross entropy by flash attention,
 * and Inductor's choice of kernels by timing them.
 */
const LIBRARIES_ON_GPUS = {
  NVTE_ALLOW_NONDETERMINISTIC_ALGO: '0',
  MAMBA_DETERMINISTIC: '1',
  CAUSAL_CONV1D_DETERMINISTIC: '1',
  VERL_DISABLE_FLASH_ATTN_CE: '1',
  TORCHINDUCTOR_MAX_AUTOTUNE: '0',
  TORCHINDUCTOR_COORDINATE_DESCENT_TUNING: '0',
  NCCL_LAUNCH_MODE: 'GROUP',
};

const VLLM = {VLLM_BATCH_INVARIANT: '1', VLLM_ENABLE_V1_MULTIPROCESSING: '0'};
