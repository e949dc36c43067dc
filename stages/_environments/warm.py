"""Byte-compiles what the stages import, by importing it: once per environment, after the install.

A stage's environment is read-only, so that without this every stage would compile the same modules again (15 s).
Compiling all that is installed would take three times as long and leave most of it unused.
"""

import datasets  # noqa: F401
import math_verify  # noqa: F401
import pyarrow.parquet  # noqa: F401
import reasoning_gym  # noqa: F401
import torch  # noqa: F401
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast, Qwen3ForCausalLM  # noqa: F401
from trl import GRPOTrainer, SFTTrainer  # noqa: F401
