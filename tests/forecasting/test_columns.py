"""What columns mean by their names, and which names say too little."""

from __future__ import annotations

import pytest

from grokphase.forecasting.columns import MEANINGS, meaning_of

NAMES = {
    "train_loss": "loss train_loss train/loss TrainLoss loss_train train_loss_epoch Loss/train "
    "training_loss train_cross_entropy nll_loss epoch_loss trainLoss",
    "validation_loss": "val_loss eval_loss valid_loss test_loss Loss/test val/loss ValidationLoss "
    "validation_loss dev_loss val_loss/dataloader_idx_0 test/xent",
    "train_accuracy": "acc accuracy train_acc train/acc train_accuracy Accuracy/train acc_tr "
    "train/MulticlassAccuracy sparse_categorical_accuracy trainAcc train_top1 epoch_accuracy",
    "validation_accuracy": "val_acc val_accuracy eval_accuracy test_acc valid_accuracy val/acc@1 "
    "validation_accuracy heldout_acc held_out_accuracy acc_te val_sparse_categorical_accuracy "
    "Accuracy/valid TestAccuracy validation/epoch_accuracy val_acc_percent",
    "weight_norm": "weight_norm param_norm train/weight_norm weights_l2_norm params/global_norm",
    "gradient_norm": "grad_norm gradient_norm train/grad_norm",
    "step": "step Step _step global_step trainer/global_step train/global_step iteration iter "
    "updates num_updates",
    "epoch": "epoch epochs train/epoch",
    "learning_rate": "lr learning_rate train/learning_rate lr-AdamW",
    "weight_decay": "weight_decay wd",
    "run": "run run_id run_name seed",
}


@pytest.mark.parametrize(
    ("name", "what"), [(name, what) for what, names in NAMES.items() for name in names.split()]
)
def test_names_as_programs_write_them(name: str, what: str):
    meaning = meaning_of(name)
    assert meaning is not None
    assert meaning.what == what
    assert what in MEANINGS


@pytest.mark.parametrize(
    "name",
    [
        *("val_acc_best", "best_val_accuracy", "val_top5_acc", "val_acc_std", "val_acc_class_3"),
        *("kl_loss", "aux_loss", "log_train_loss", "train_val_acc_gap", "train_test_loss", "norm"),
        *("val_loss_acc", "_runtime", "_timestamp", "eval_runtime", "train", "val", "", "fps"),
        *("loss_scale", "accuracy_loss", "test_error", "lr_loss", "step_time"),
    ],
)
def test_a_word_that_may_change_the_meaning_leaves_it_open(name: str):
    assert meaning_of(name) is None


def test_of_two_names_the_plainest_and_the_one_of_an_epoch_come_first():
    def rank(name: str) -> int:
        found = meaning_of(name)
        assert found is not None
        return found.rank

    assert rank("val_acc") < rank("eval_acc") < rank("test_acc")
    assert rank("train_loss_epoch") < rank("train_loss") < rank("train_loss_step")
    assert rank("trainer/global_step") < rank("step") < rank("_step")
    assert rank("train_loss") < rank("train_nll")
