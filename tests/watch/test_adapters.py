"""The callbacks in real trainers, where these are installed; a sentence where they are not."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import grokphase as gp


@pytest.fixture(autouse=True)
def no_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here rests on what advice was fitted on."""
    monkeypatch.setattr("grokphase.watch.monitor.advice_line", lambda history: None)


@pytest.mark.parametrize("library", ["lightning", "huggingface"])
def test_without_the_library_it_says_what_to_install(library: str) -> None:
    if importlib.util.find_spec({"huggingface": "transformers"}.get(library, library)):
        pytest.skip("it is installed")
    with pytest.raises(gp.GrokphaseError, match="is not installed: pip install "):
        getattr(gp.watch, library).GrokMonitor()


@pytest.mark.filterwarnings("default")  # what these libraries warn of is theirs
def test_a_lightning_module_is_watched_and_resumed(tmp_path: Path) -> None:
    pl = pytest.importorskip("lightning.pytorch")
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    class Module(pl.LightningModule):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.net = torch.nn.Linear(4, 2)

        def training_step(self, batch: Any, index: int) -> Any:
            loss = torch.nn.functional.cross_entropy(self.net(batch[0]), batch[1])
            self.log("train_acc", 1.0, on_step=False, on_epoch=True)
            return loss

        def validation_step(self, batch: Any, index: int) -> None:
            self.log("val_acc", 0.25)

        def configure_optimizers(self) -> Any:
            return torch.optim.AdamW(self.parameters(), lr=1e-2, weight_decay=0.5)

    logged: list[tuple[int, dict[str, float]]] = []

    class Logger(pl.loggers.logger.DummyLogger):  # type: ignore[misc, name-defined]
        def log_metrics(self, metrics: Any, step: Any = None) -> None:
            logged.append((step, dict(metrics)))

    def fit(epochs: int, kept: Path | None = None) -> Any:
        grok = gp.watch.lightning.GrokMonitor(show=None, share=None, store=tmp_path / "store")
        torch.manual_seed(0)
        data = TensorDataset(torch.randn(8, 4), torch.arange(8) % 2)
        trainer = pl.Trainer(
            max_epochs=epochs,
            callbacks=[grok],
            logger=Logger(),
            accelerator="cpu",
            enable_progress_bar=False,
            enable_model_summary=False,
            default_root_dir=tmp_path,
        )
        model = Module()
        trainer.fit(model, DataLoader(data, 4), DataLoader(data, 8), ckpt_path=kept)
        trainer.save_checkpoint(tmp_path / "kept.ckpt")
        return grok.monitor

    monitor = fit(2)
    curves = monitor.curves()
    assert monitor.notes == []
    assert curves["step"].tolist() == [0, 1, 2, 3, 4]
    assert curves["train_loss"][:4].min() > 0  # of every batch, at the weights of its step
    assert curves["gradient_norm"][:4].min() > 0
    assert curves["validation_accuracy"][[2, 4]].tolist() == [0.25, 0.25]
    assert monitor.history().memorized.upper == 2
    assert (monitor.budget, monitor.settings["weight_decay"]) == (4, 0.5)
    assert logged[0][0] == 0
    assert "grokphase/weight_norm" in logged[0][1]

    again = fit(3, tmp_path / "kept.ckpt")
    assert again.notes == []
    assert again.curves()["step"].tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert again.record().id == monitor.record().id
    with gp.open(tmp_path / "store") as store:
        assert [run["steps_trained"] for run in store.runs()] == [6]


def test_what_a_trainer_of_transformers_keeps_makes_the_callback_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grokphase.watch.huggingface.Callback", object)  # installed or not
    make = gp.watch.huggingface.GrokMonitor
    grok = make(store=tmp_path / "store", names={"eval_exact": "validation_accuracy"}, show=None)
    grok.monitor.update(0, train_loss=1.0)
    kept = json.loads(json.dumps(grok.state()))
    again = make(**kept["args"])  # as the trainer does
    for name, value in kept["attributes"].items():
        setattr(again, name, value)
    assert again.state()["args"] == kept["args"]
    again.on_train_end(None, SimpleNamespace(is_world_process_zero=True), None)
    with gp.open(tmp_path / "store") as store:
        assert [run["id"] for run in store.runs()] == [grok.monitor.record().id]


@pytest.mark.filterwarnings("default")
def test_a_trainer_of_transformers_is_watched_and_resumed(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("accelerate")
    import torch

    config = transformers.GPT2Config(
        vocab_size=6, n_positions=2, n_embd=8, n_layer=1, n_head=2, num_labels=5, pad_token_id=5
    )
    samples = [{"input_ids": [a, b], "labels": (a + b) % 5} for a in range(5) for b in range(5)]

    def fit(steps: int, resume: bool = False) -> Any:
        torch.manual_seed(0)
        grok = gp.watch.huggingface.GrokMonitor(show=None, share=None)
        trainer = transformers.Trainer(
            model=transformers.GPT2ForSequenceClassification(config),
            args=transformers.TrainingArguments(
                output_dir=str(tmp_path),
                max_steps=steps,
                per_device_train_batch_size=5,
                eval_strategy="steps",
                eval_steps=2,
                logging_steps=2,
                save_steps=2,
                weight_decay=0.5,
                report_to="none",
                use_cpu=True,
                disable_tqdm=True,
            ),
            train_dataset=samples[:20],
            eval_dataset={"train": samples[:20], "validation": samples[20:]},
            compute_metrics=lambda seen: {"accuracy": 0.95 if len(seen.label_ids) > 5 else 0.25},
            callbacks=[grok],
        )
        trainer.train(resume_from_checkpoint=resume)
        return grok.monitor

    monitor = fit(4)
    curves = monitor.curves()
    assert monitor.notes == []
    assert curves["step"].tolist() == [0, 1, 2, 3, 4]
    assert curves["train_accuracy"][[2, 4]].tolist() == [0.95, 0.95]
    assert curves["validation_accuracy"][[2, 4]].tolist() == [0.25, 0.25]
    assert curves["gradient_norm"][:4].min() > 0
    assert {"norm.transformer.wte", "norm.transformer.h.0.attn.c_attn", "norm.score"} <= set(curves)
    assert (monitor.budget, monitor.settings["weight_decay"]) == (4, 0.5)

    again = fit(6, resume=True)
    assert again.notes == []
    assert again.record().id == monitor.record().id
    assert again.curves()["step"].tolist() == [0, 1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("library", "needs"), [("lightning", "lightning"), ("huggingface", "transformers")]
)
def test_jax_stays_out_of_the_process_of_a_trainer(library: str, needs: str) -> None:
    pytest.importorskip(needs)
    code = f"""
import sys, grokphase as gp
gp.watch.{library}.GrokMonitor(show=None).monitor.forecast()
print("jax" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600)
    assert done.stdout.strip() == "False", done.stderr


@pytest.mark.parametrize("library", ["lightning", "huggingface"])
def test_in_other_processes_of_a_trainer_nothing_is_saved(library: str, tmp_path: Path) -> None:
    made = getattr(gp.watch, library).GrokMonitor
    grok = made.__new__(made)  # which needs no library
    grok.monitor = gp.watch.Monitor(rank=0, show=None, budget=3)
    if library == "lightning":
        grok.on_train_start(
            SimpleNamespace(
                is_global_zero=False, global_rank=3, loggers=[], estimated_stepping_batches=3
            ),
            None,
        )
    else:
        state = SimpleNamespace(
            is_world_process_zero=False, max_steps=3, global_step=0, stateful_callbacks={}
        )
        grok.on_train_begin(SimpleNamespace(process_index=3), state, None)
    assert grok.monitor.save(tmp_path) == ""
    assert grok.monitor.forecast().reason.endswith("this is process 3.")
