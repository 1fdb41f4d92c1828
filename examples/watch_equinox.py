"""Modular addition in a loop of JAX and Equinox, with a monitor: the lines with a # are added."""

import equinox as eqx
import jax
import jax.numpy as jnp
import optax

import grokphase as gp  #

P = 23
FRACTION = 0.7
STEPS = 3000

keys = jax.random.split(jax.random.key(0), 4)
pairs = jnp.stack(jnp.meshgrid(jnp.arange(P), jnp.arange(P)), -1).reshape(-1, 2)
pairs = jax.random.permutation(keys[0], pairs)
labels = pairs.sum(1) % P
cut = int(FRACTION * len(pairs))


class Net(eqx.Module):
    embedding: jax.Array
    mlp: eqx.nn.MLP

    def __call__(self, pair):
        return self.mlp(self.embedding[pair].ravel())


model = Net(jax.random.normal(keys[1], (P, 32)), eqx.nn.MLP(64, P, 64, 1, key=keys[2]))
optimizer = optax.adamw(3e-3, weight_decay=1.0)
state = optimizer.init(eqx.filter(model, eqx.is_array))


def cross_entropy(model, pairs, labels):
    logits = jax.vmap(model)(pairs)
    return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean(), logits


@eqx.filter_jit
def update(model, state):
    (loss, logits), slope = eqx.filter_value_and_grad(cross_entropy, has_aux=True)(
        model, pairs[:cut], labels[:cut]
    )
    change, state = optimizer.update(slope, state, eqx.filter(model, eqx.is_array))
    return eqx.apply_updates(model, change), state, loss, logits, slope


@eqx.filter_jit
def accuracy(model, pairs, labels):
    return (jax.vmap(model)(pairs).argmax(1) == labels).mean()


monitor = gp.watch.Monitor(budget=STEPS, settings={"learning_rate": 3e-3, "weight_decay": 1.0})  #

for step in range(STEPS):
    before = model
    model, state, loss, logits, slope = update(model, state)
    if step % 10 == 0:
        seen = {
            "train_loss": loss,
            "train_accuracy": (logits.argmax(1) == labels[:cut]).mean(),
            "validation_accuracy": accuracy(before, pairs[cut:], labels[cut:]),
        }
        monitor.update(step, model=before, gradients=slope, **seen)  #

print(monitor.forecast())  #
