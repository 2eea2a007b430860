"""The lip-sync network: shapes, supports, normalisation, and that position cannot leak."""

from __future__ import annotations

import pytest
import torch

from vqa_toolkit.models.sync_net import (
    BANDS,
    CONTEXT,
    HEIGHT,
    MEL_PER_FRAME,
    SIZE,
    SUPPORT,
    WIDTH,
    SyncNet,
    load_sync_net,
    middle,
    normal_mel,
    normal_mouths,
)


@pytest.fixture(scope="module")
def net() -> SyncNet:
    torch.manual_seed(1)
    made = SyncNet()
    made.train(False)
    return made


def test_both_towers_give_unit_vectors_at_the_same_places(net: SyncNet) -> None:
    v, a = net(torch.randn(2, 20, HEIGHT, WIDTH), torch.randn(2, 20 * MEL_PER_FRAME, BANDS))
    assert v.short.shape == a.short.shape == (2, 20 - SUPPORT + 1, SIZE)
    assert v.context.shape == a.context.shape == (2, 20 - CONTEXT + 1, SIZE)
    for x in (*v, *a):
        torch.testing.assert_close(x.norm(dim=-1), torch.ones(x.shape[:2]))


def test_an_embedding_sees_its_support_and_nothing_else(net: SyncNet) -> None:
    mouths, mel = torch.randn(1, 20, HEIGHT, WIDTH), torch.randn(1, 80, BANDS)
    changed_mouths, changed_mel = mouths.clone(), mel.clone()
    changed_mouths[:, 10] += 1.0
    changed_mel[:, 40:44] += 1.0
    for one, two in zip(net(mouths, mel), net(changed_mouths, changed_mel), strict=True):
        for head, wide in (("short", SUPPORT), ("context", CONTEXT)):
            same = torch.isclose(getattr(one, head), getattr(two, head), atol=1e-6).all(dim=-1)[0]
            touched = [i for i in range(len(same)) if not same[i]]
            assert set(touched) == {i for i in range(len(same)) if i <= 10 < i + wide}


def test_position_does_not_leak(net: SyncNet) -> None:
    """The same input at every time gives the same embedding at every time: nothing tells how far the ends are."""
    v, a = net(torch.ones(1, 24, HEIGHT, WIDTH).mul(0.3), torch.ones(1, 96, BANDS).mul(0.3))
    for x in (*v, *a):
        torch.testing.assert_close(x, x[:, :1].expand_as(x), atol=1e-5, rtol=0)


def test_normal_mouths_removes_looks_and_contrast() -> None:
    crops = torch.rand(6, 8, 10) * 50
    out = normal_mouths(crops)
    torch.testing.assert_close(out.mean(0), torch.zeros(8, 10), atol=1e-4, rtol=0)
    torch.testing.assert_close(normal_mouths(crops + 90), out, atol=1e-3, rtol=0)
    assert torch.equal(normal_mouths(torch.full((6, 8, 10), 80.0)), torch.zeros(6, 8, 10))


def test_normal_mel_removes_gain_and_channel() -> None:
    mel = torch.randn(50, BANDS)
    tilt = torch.linspace(-3, 3, BANDS)
    torch.testing.assert_close(normal_mel(mel + 2.0 + tilt), normal_mel(mel), atol=1e-4, rtol=0)


def test_middle_is_the_middle() -> None:
    crops = torch.zeros(2, 80, 120)
    crops[:, 40, 60] = 255
    out = middle(crops)
    assert out.shape == (2, HEIGHT, WIDTH)
    peak = divmod(int(out[0].argmax()), WIDTH)
    assert peak[0] in (23, 24) and peak[1] in (35, 36)


def test_the_packaged_network_loads_and_is_the_size_its_card_says() -> None:
    from vqa_toolkit.models.weights import read_card

    net = load_sync_net()
    assert not net.training
    assert sum(p.numel() for p in net.parameters()) == read_card("sync_net")["parameters"]
