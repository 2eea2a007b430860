"""The head's two readings: the mean is the same for turned pictures, and pictures may end within a cell."""

from __future__ import annotations

import pytest
import torch

from vqa_toolkit.measures.corruption_features import FEATURES, LEFT
from vqa_toolkit.models.corruption_net import EvidenceHead
from vqa_toolkit.models.corruption_turned import EARLIER, backwards, both_ways, mirrored


@pytest.fixture
def head() -> EvidenceHead:
    """A head that listens to the pixels too."""
    torch.manual_seed(5)
    head = EvidenceHead().eval()
    torch.nn.init.normal_(head.texture.out.weight, std=0.1)
    return head


def cells(rows: int, cols: int) -> torch.Tensor:
    found = torch.rand(2, FEATURES, 4 * rows, 4 * cols)
    found[:, list(LEFT), :, 0] = 0.0  # at a picture's edge nothing is beside a block
    return found


def test_turned_pictures_get_the_turned_answer(head: EvidenceHead) -> None:
    found, rgb, past = cells(3, 5), torch.rand(2, 3, 96, 160), torch.rand(2, 4, 96, 160)
    with torch.no_grad():
        plain = both_ways(head, found, rgb, past)
        turned = both_ways(head, mirrored(backwards(found)), rgb.flip(3), past[:, EARLIER].flip(3))
        once = head(found, rgb, past)
    assert torch.allclose(turned.flip(2), plain, atol=1e-5)
    assert not torch.allclose(once, plain, atol=1e-3)


def test_a_picture_that_ends_within_a_cell_is_continued_by_its_mirror_image(head: EvidenceHead) -> None:
    found, rgb, past = cells(3, 5), torch.rand(2, 3, 90, 140), torch.rand(2, 4, 90, 140)
    whole = [torch.nn.functional.pad(v, (0, 20, 0, 6), mode="reflect") for v in (rgb, past)]
    with torch.no_grad():
        assert torch.equal(both_ways(head, found, rgb, past), both_ways(head, found, *whole))
