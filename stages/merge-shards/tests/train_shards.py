"""Real shards: FSDP2 on as many gloo processes as asked for, a step of AdamW, and what each rank then saves."""

import json
import shutil
import sys
from pathlib import Path


def rank_of(rank: int, world: int, model: str, folder: str) -> None:
    import torch
    import torch.distributed
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard
    from transformers import AutoModelForCausalLM

    # By a file, so that no port is asked for.
    meeting = f"file://{folder}/meeting"
    torch.distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=world)
    torch.manual_seed(0)
    trained = AutoModelForCausalLM.from_pretrained(model, local_files_only=True)
    mesh = init_device_mesh("cpu", (world,), mesh_dim_names=("fsdp",))
    for layer in trained.model.layers:
        fully_shard(layer, mesh=mesh)
    fully_shard(trained, mesh=mesh)
    optimizer = torch.optim.AdamW(trained.parameters(), lr=0.01)
    ids = torch.arange(8).remainder(5)[None]
    trained(ids, labels=ids).loss.backward()
    optimizer.step()
    torch.save(trained.state_dict(), Path(folder) / f"model_world_size_{world}_rank_{rank}.pt")
    whole = {name: each.full_tensor() for name, each in trained.state_dict().items()}
    if rank == 0:
        torch.save(whole, Path(folder).parent / "whole.pt")
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


def main() -> None:
    import torch.multiprocessing

    model, root, step, world = json.loads(sys.argv[1])
    folder = Path(root) / f"global_step_{step}" / "actor"
    config = folder / "huggingface"
    config.mkdir(parents=True)
    for file in Path(model).iterdir():
        if file.suffix != ".safetensors":
            shutil.copyfile(file, config / file.name)
    torch.multiprocessing.spawn(rank_of, (world, model, str(folder)), nprocs=world)


if __name__ == "__main__":
    main()
