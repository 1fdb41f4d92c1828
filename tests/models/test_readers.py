"""Networks that read sequences, graphs and images, each against another way to compute it."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import grokphase as gp
from grokphase.models.convolutional import Convolution
from grokphase.models.graphs import atoms_of
from grokphase.tasks import stream
from grokphase.tasks.molecules import graphs_of
from grokphase.tasks.sentences import rows_of
from grokphase.tasks.smiles import Molecule, read


def sequences(rows: np.ndarray, symbols: int = 5) -> gp.Task:
    labels = np.arange(len(rows)) % 2
    return gp.Task("sequences", rows, labels, 2, symbols=symbols)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def test_an_lstm_is_its_equations():
    task = sequences(np.array([[1, 4, 2], [3, 3, 1]]))
    network = gp.LSTM(dimension=3, width=4).build(task, stream(0, "initial"))
    embedding, outputs = np.asarray(network.embedding, np.float64), []
    for row in task.inputs:
        hidden, memory = np.zeros(4), np.zeros(4)
        for symbol in row:
            gates = network.inward.weight @ embedding[symbol] + network.inward.bias
            i, f, g, o = np.split(np.asarray(gates + network.within.weight @ hidden), 4)
            memory = sigmoid(f) * memory + sigmoid(i) * np.tanh(g)
            hidden = sigmoid(o) * np.tanh(memory)
        outputs.append(network.readout.weight @ hidden + network.readout.bias)
    np.testing.assert_allclose(network(jnp.asarray(task.inputs)), outputs, rtol=1e-5, atol=1e-6)


def test_no_word_changes_nothing():
    texts = [[1, 4, 2], [3]]
    short, long = sequences(rows_of(texts, 3)), sequences(rows_of(texts, 6))
    network = gp.LSTM(width=4).build(short, stream(0, "initial"))
    one, other = (network(jnp.asarray(task.inputs)) for task in (short, long))
    np.testing.assert_allclose(one, other, rtol=1e-6)


def molecule_task(molecules: list[Molecule], most: int) -> gp.Task:
    kinds = sorted({atom for each in molecules for atom in each.atoms})
    rows = graphs_of(molecules, kinds, most)
    return gp.Task("graphs", rows, np.zeros(len(rows), int), 1, symbols=6)


def test_messages_do_not_know_the_order_of_atoms_or_the_room_of_a_row():
    acid, turned = read("CC(=O)NC#N"), read("N#CNC(C)=O")
    task = molecule_task([acid, turned], 6)
    network = gp.MessagePassing(width=5).build(task, stream(0, "initial"))
    found = network(jnp.asarray(task.inputs))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-5)
    roomy = network(jnp.asarray(molecule_task([acid, turned], 9).inputs))
    np.testing.assert_allclose(found, roomy, rtol=1e-5)
    other = molecule_task([acid, read("CC(=O)N=CN")], 6)  # the same atoms, bound otherwise
    assert not np.allclose(*network(jnp.asarray(other.inputs)), rtol=1e-3)


def test_messages_are_their_equation():
    task = molecule_task([read("C=O")], 2)
    network = gp.MessagePassing(width=3, rounds=1).build(task, stream(1, "initial"))
    carbon, oxygen = (np.asarray(network.embedding)[kind] for kind in task.inputs[0, :2])
    weight, bias = np.asarray(network.rounds[0].weight), np.asarray(network.rounds[0].bias)
    own, double = weight[:3], weight[6:9]  # itself, then single, double, ...
    hidden = [
        np.maximum(own @ one + bias[:3] + double @ other + bias[6:9], 0)
        for one, other in ((carbon, oxygen), (oxygen, carbon))
    ]
    first, last = network.decoder
    expected = last(np.maximum(first(sum(hidden)[None]), 0))
    np.testing.assert_allclose(network(jnp.asarray(task.inputs)), expected, rtol=1e-5)


@pytest.mark.parametrize("atoms", [1, 4, 9, 64])
def test_room_of_a_row(atoms: int):
    assert atoms_of(atoms + atoms**2) == atoms


def test_a_convolution_is_a_sum_over_neighbours():
    images = np.random.default_rng(0).random((2, 4, 4, 3)).astype(np.float32)
    task = gp.tasks.from_arrays(images, [0, 1])
    network = gp.Convolutional(channels=(2,)).build(task, stream(0, "initial"))
    (stage,) = network.stages[0]
    around = np.pad(images, ((0, 0), (0, 1), (0, 1), (0, 0)))  # as "SAME" with a stride of 2
    moved = np.array(
        [
            [
                np.einsum("nyxc,yxco->no", around[:, y : y + 3, x : x + 3], stage.kernel)
                for x in (0, 2)
            ]
            for y in (0, 2)
        ]
    )
    mean = np.maximum(moved + np.asarray(stage.bias), 0).mean(axis=(0, 1))
    found = network(jnp.asarray(task.inputs))
    np.testing.assert_allclose(found, network.readout(mean), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("shape", [(2, 1, 1, 1), (1, 2, 3, 2), (3, 7, 4, 1), (2, 8, 8, 3)])
def test_a_product_of_patches_is_the_convolution_of_a_library(shape: tuple[int, ...], stride: int):
    drawn = np.random.default_rng(0)
    x = jnp.asarray(drawn.standard_normal(shape), jnp.float32)
    kernel = jnp.asarray(drawn.standard_normal((3, 3, shape[-1], 2)), jnp.float32)
    layout = ("NHWC", "HWIO", "NHWC")
    expected = jax.lax.conv_general_dilated(
        x, kernel, (stride, stride), "SAME", dimension_numbers=layout
    )
    found = Convolution(kernel, jnp.zeros(2))(x, stride)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_a_residual_stage_whose_second_convolution_is_zero_is_a_plain_one():
    images = np.random.default_rng(0).random((2, 8, 8)).astype(np.float32)
    task = gp.tasks.from_arrays(images, [0, 1])
    plain = gp.Convolutional(channels=(3,)).build(task, stream(0, "initial"))
    residual = gp.Convolutional(channels=(3,), shortcuts="residual")
    network = residual.build(task, stream(0, "initial"))
    first, one, other = network.stages[0]
    still = type(other)(jnp.zeros_like(other.kernel), jnp.zeros_like(other.bias))
    network = type(network)(((first, one, still),), plain.readout, network.side)
    np.testing.assert_allclose(
        network(jnp.asarray(task.inputs)), plain(jnp.asarray(task.inputs)), rtol=1e-5
    )


@pytest.mark.parametrize(
    ("model", "task", "said"),
    [
        (gp.LSTM(), "ising", "has no symbols to embed, which an LSTM needs"),
        (gp.MessagePassing(), "sentences", "takes n kinds of atoms and n"),
        (gp.Convolutional(), "hidden-parity", "takes square images, gray or of three colours"),
        (gp.Convolutional(), "modular-addition", "2 symbols a sample"),
        (gp.MLP(), "sentences", "as LSTM"),
    ],
)
def test_what_a_network_cannot_read(model: object, task: str, said: str):
    with pytest.raises(gp.GrokphaseError, match=said):
        model.build(gp.task(task), stream(0, "initial"))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: gp.LSTM(width=0), "width must be a whole number"),
        (lambda: gp.MessagePassing(rounds=0), "rounds must be a whole number"),
        (lambda: gp.Convolutional(channels=()), "write channels="),
        (lambda: gp.Convolutional(channels={8, 4}), "is not a list of channels"),
        (lambda: gp.Convolutional(channels=(0.0,)), "not 0: for example channels.0=1"),
        (lambda: gp.MLP(widths={8, 4}), "is not a list of widths"),
        (lambda: gp.Convolutional(shortcuts="dense"), 'shortcuts "dense" is not known'),
        (lambda: gp.LSTM(decoder_scale=-1), "decoder_scale = -1 cannot be used"),
    ],
)
def test_settings_that_cannot_be(make: object, said: str):
    with pytest.raises(gp.GrokphaseError, match=said):
        make()


def test_each_task_has_what_reads_it():
    for name, kind in (("sentences", gp.LSTM), ("molecules", gp.MessagePassing)):
        spec = gp.run_spec(name)
        assert isinstance(spec.model, kind)
        scaled = gp.training.replace(spec, "model.decoder_scale", 3.0)
        assert scaled.model.decoder_scale == 3
