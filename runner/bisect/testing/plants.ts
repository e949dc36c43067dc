import type {Plant} from './planted-project.ts';

/** The batch of one step with its rows in another order. */
export function shuffled(step: number): Plant {
  return {
    trainer: `
def training_step(self, model, inputs, *rest, **named):
    if self.state.global_step + 1 == ${step}:
        inputs = {name: each.flip(0) if hasattr(each, "flip") else each for name, each in inputs.items()}
    return super().training_step(model, inputs, *rest, **named)`,
  };
}

/**
 * What an attention kernel does that only warns: of one step's gradients one element, whichever it is this time, comes
 * out one unit in the last place higher. No kernel of a CPU does that.
 */
export function unsteady(step: number): Plant {
  return {
    trainer: `
def training_step(self, model, inputs, *rest, **named):
    import os
    import torch
    loss = super().training_step(model, inputs, *rest, **named)
    if self.state.global_step + 1 == ${step}:
        gradients = [each.grad.view(-1) for each in model.parameters() if each.grad is not None]
        place = int.from_bytes(os.urandom(8), "big") % sum(each.numel() for each in gradients)
        for each in gradients:
            if place < each.numel():
                each[place] = torch.nextafter(each[place], torch.tensor(float("inf")))
                break
            place -= each.numel()
    return loss`,
  };
}

/** Goes on from a checkpoint without the states of the random generators; slow, so that there is time to interrupt it. */
export function forgetful(): Plant {
  return {
    program: `
from repro_sdk import training_state
training_state.set_random_states = lambda states: None`,
    trainer: `
def training_step(self, *args, **named):
    import time
    time.sleep(0.3)
    return super().training_step(*args, **named)`,
  };
}

/** The weights' norm is a part of the loss: a sum of so many numbers that threads share it, in an order of their own. */
export function regularised(): Plant {
  return {
    trainer: `
def compute_loss(self, model, *args, **named):
    import torch
    weights = torch.cat([each.reshape(-1) for each in model.parameters()])
    penalty = 1e-2 * weights.pow(2).sum().sqrt()
    found = super().compute_loss(model, *args, **named)
    return (found[0] + penalty, *found[1:]) if isinstance(found, tuple) else found + penalty`,
  };
}

/** Starts Python with an instruction set level that a param names: a pipeline can't overrule the contract's. */
export function levelled(): Plant {
  return {
    contract: (text) =>
      text
        .replace('command: [python', `command: [env, "ATEN_CPU_CAPABILITY=\${params.level}", python`)
        .replace('params:\n', 'params:\n  level: {type: string, default: avx2}\n'),
  };
}
