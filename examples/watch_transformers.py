"""Modular addition by a tiny GPT-2 in a Hugging Face Trainer, with a monitor: lines with a #."""

import numpy as np
import torch
from transformers import GPT2Config, GPT2ForSequenceClassification, Trainer, TrainingArguments

import grokphase as gp  #

P = 23
FRACTION = 0.7
STEPS = 3000
EVERY = 50

torch.manual_seed(0)
EQUALS, PAD = P, P + 1
config = GPT2Config(
    vocab_size=P + 2,
    n_positions=3,
    n_embd=32,
    n_layer=1,
    n_head=4,
    num_labels=P,
    pad_token_id=PAD,
    bos_token_id=EQUALS,
    eos_token_id=EQUALS,
    resid_pdrop=0.0,
    embd_pdrop=0.0,
    attn_pdrop=0.0,
)
model = GPT2ForSequenceClassification(config)

pairs = torch.cartesian_prod(torch.arange(P), torch.arange(P))
samples = [{"input_ids": [int(a), int(b), EQUALS], "labels": int(a + b) % P} for a, b in pairs]
order = torch.randperm(len(samples)).tolist()
cut = int(FRACTION * len(samples))
train, validation = [samples[i] for i in order[:cut]], [samples[i] for i in order[cut:]]


def compute_metrics(prediction):
    return {"accuracy": np.mean(prediction.predictions.argmax(1) == prediction.label_ids)}


grok = gp.watch.huggingface.GrokMonitor()  #
trainer = Trainer(
    model=model,
    args=TrainingArguments(
        output_dir="gpt2-addition",
        max_steps=STEPS,
        per_device_train_batch_size=len(train),
        per_device_eval_batch_size=len(train),
        learning_rate=3e-3,
        weight_decay=1.0,
        lr_scheduler_type="constant",
        eval_strategy="steps",
        eval_steps=EVERY,
        logging_steps=EVERY,
        save_strategy="no",
        report_to="none",
        use_cpu=True,
        disable_tqdm=True,
    ),
    train_dataset=train,
    eval_dataset={"train": train, "validation": validation},  #
    compute_metrics=compute_metrics,
    callbacks=[grok],  #
)
trainer.train()

print(grok.monitor.forecast())  #
