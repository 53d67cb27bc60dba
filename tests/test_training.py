"""What the compiler learns from runs through on any core."""

import pytest

from bench import margin
from tools.train_core import train


def test_the_training_trades_marks_and_simulates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(margin, "POSITIONS", 100)
    train(commands=300, seeds=1)
