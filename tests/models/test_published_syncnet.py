"""A user's SyncNet weights: read whole or refused in a sentence, and compared with the sound at the right offset."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from vqa_toolkit.errors import WeightsError
from vqa_toolkit.models.published_syncnet import (
    REACH,
    PublishedSyncNet,
    cepstra,
    distances,
    load_published_syncnet,
)


def test_the_network_has_the_published_size_and_shapes() -> None:
    net = PublishedSyncNet().train(False)
    assert round(sum(p.numel() for p in net.parameters()) / 1e6, 1) == 13.6  # as the paper's code
    with torch.inference_mode():
        assert net.see(torch.zeros(1, 3, 5, 224, 224)).shape == (1, 1024)
        assert net.hear(torch.zeros(2, 1, 13, 20)).shape == (2, 1024)


def test_a_saved_state_is_read_back_and_another_is_refused(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = PublishedSyncNet()
    torch.save(net.state_dict(), tmp_path / "syncnet_v2.model")
    read = load_published_syncnet(tmp_path / "syncnet_v2.model")
    assert all(torch.equal(a, b) for a, b in zip(net.state_dict().values(), read.state_dict().values(), strict=True))
    torch.save({"fc.weight": torch.zeros(1)}, tmp_path / "other.pt")
    (tmp_path / "text.pt").write_text("no weights")
    for name, said in (("none.pt", "no SyncNet weights"), ("other.pt", "it lacks"), ("text.pt", "cannot be read")):
        with pytest.raises(WeightsError, match=said):
            load_published_syncnet(tmp_path / name)


def test_cepstra_of_a_steady_tone_do_not_move_and_louder_raises_the_energy_alone() -> None:
    t = np.arange(16_000) / 16_000
    tone = 3000 * np.sin(2 * np.pi * 1000 * t)
    quiet, loud = cepstra(tone)[:, 5:90], cepstra(10 * tone)[:, 5:90]
    assert quiet.shape[0] == 13
    assert np.ptp(quiet[1:], axis=1).max() < 0.5
    assert loud[0] - quiet[0] == pytest.approx(2 * np.log(10), abs=1e-3)
    assert np.abs(loud[1:] - quiet[1:]).max() < 1e-2


def test_each_column_compares_with_the_sound_so_much_later() -> None:
    n = 40
    rng = np.random.default_rng(0)
    wave = np.repeat(np.arange(n) * 1.0, 640) * rng.standard_normal(640 * n)  # as loud as the picture's number
    scale = float(np.exp(cepstra(wave)[0, 80:84] / 2).mean()) / 20

    class Stub(PublishedSyncNet):
        """Lips are known by their brightness, sound by its energy: both the number of the picture."""

        def see(self, faces: torch.Tensor) -> torch.Tensor:
            return faces[:, :1, 0, 0, 0].float()

        def hear(self, coefficients: torch.Tensor) -> torch.Tensor:
            return torch.exp(coefficients[:, 0, 0, :1] / 2) / scale

    faces = np.broadcast_to(np.arange(n, dtype=np.uint8)[:, None, None, None], (n, 224, 224, 3)).copy()
    table = distances(Stub(), faces, wave)
    assert table.shape[1] == 2 * REACH + 1
    assert torch.isinf(table[0, :REACH]).all()  # no sound before the first picture
    best = table[18:22].argmin(dim=1) - REACH
    assert best.abs().max() <= 2
