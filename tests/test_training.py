"""What the compiler learns from runs through on any core."""

import pytest

from bench import margin
from tools.train_core import live, train


def test_the_training_trades_marks_and_relives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(margin, "POSITIONS", 100)
    train(300, [live(1)])
