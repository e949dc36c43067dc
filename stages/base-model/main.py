"""base-model: a tiny Qwen3 that the same classes load as the real one."""

from character_tokenizer import character_tokenizer

from repro_sdk import Stage, StageFailure, run_stage


def program(stage: Stage) -> None:
    stage.begin_torch()
    tokenizer = character_tokenizer(stage.params["phrases"], stage.params["max_positions"])
    model = random_model(stage.params, tokenizer)
    from repro_sdk.model_files import save_model

    save_model(model, tokenizer, stage.outputs["model"])
    stage.metrics(step=0, parameters=model.num_parameters(), vocabulary=len(tokenizer))
    stage.progress(step=1, total=1)


def random_model(params, tokenizer):
    """A Qwen3ForCausalLM with fresh weights; torch's seed decides them."""
    from transformers import GenerationConfig, Qwen3Config, Qwen3ForCausalLM

    if params["heads"] % params["kv_heads"]:
        raise StageFailure(f"kv_heads ({params['kv_heads']}) must divide heads ({params['heads']}).")
    if params["head_dim"] % 2:
        raise StageFailure(f"head_dim must be even for rotary positions, but is {params['head_dim']}.")
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=params["hidden_size"],
        num_hidden_layers=params["layers"],
        num_attention_heads=params["heads"],
        num_key_value_heads=params["kv_heads"],
        head_dim=params["head_dim"],
        intermediate_size=params["intermediate_size"],
        max_position_embeddings=params["max_positions"],
        max_window_layers=params["layers"],
        rope_parameters={"rope_type": "default", "rope_theta": float(params["rope_theta"])},
        initializer_range=params["initializer_range"],
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = Qwen3ForCausalLM(config)
    model.generation_config = GenerationConfig(eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id)
    return model


if __name__ == "__main__":
    run_stage(program)
