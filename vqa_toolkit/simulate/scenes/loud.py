"""Programme loudness of a short sound, to bring every scene to the same level before faults move it.

BS.1770-4: K-weighting (applied in the frequency domain), 400 ms blocks every 100 ms, gates at −70 LUFS and −10 LU.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TARGET_LUFS = -23.0  # EBU R128
_OFFSET = -0.691  # dB, BS.1770: a 0 dBFS 997 Hz sine in one front channel reads −3.01
# BS.1770's two filters as analogue prototypes: high shelf (f0, gain dB, Q) and high pass (f0, Q), after De Man 2014.
_SHELF = (1681.974450955533, 3.999843853973347, 0.7071752369554196)
_PASS = (38.13547087602444, 0.5003270373238773)
_SURROUND = 1.41  # weight of surround channels


def k_gain(frequency: NDArray[np.floating]) -> NDArray[np.float64]:
    """|H(f)| of the K-weighting at ``frequency`` Hz."""
    f0, gain, q = _SHELF
    s = 1j * frequency / f0
    high, mid = 10 ** (gain / 20), 10 ** (gain / 20 * 0.499666774155)
    shelf = (high * s**2 + mid / q * s + 1) / (s**2 + s / q + 1)
    f1, q1 = _PASS
    p = 1j * frequency / f1
    return np.asarray(np.abs(shelf * p**2 / (p**2 + p / q1 + 1)), dtype=np.float64)


def loudness(audio: NDArray[np.float32], rate: int) -> float:
    """Integrated loudness of (n, channels) in LUFS; −inf for silence."""
    spectrum = np.fft.rfft(audio.astype(np.float64), axis=0)
    spectrum *= k_gain(np.fft.rfftfreq(len(audio), 1 / rate))[:, None]
    power = np.fft.irfft(spectrum, n=len(audio), axis=0) ** 2
    weights = np.ones(audio.shape[1])
    if audio.shape[1] == 6:  # L R C LFE Ls Rs
        weights = np.array([1.0, 1.0, 1.0, 0.0, _SURROUND, _SURROUND])
    size, hop = round(0.4 * rate), round(0.1 * rate)
    cumulative = np.concatenate([[0.0], np.cumsum(power @ weights)])
    firsts = np.arange(0, max(1, len(audio) - size + 1), hop)
    lasts = np.minimum(firsts + size, len(audio))
    blocks = (cumulative[lasts] - cumulative[firsts]) / np.maximum(1, lasts - firsts)
    level = _OFFSET + 10 * np.log10(np.maximum(blocks, 1e-20))
    kept = blocks[level > -70.0]
    if not len(kept):
        return -float("inf")
    relative = _OFFSET + 10 * np.log10(kept.mean()) - 10.0
    kept = blocks[(level > -70.0) & (level > relative)]
    return float(_OFFSET + 10 * np.log10(kept.mean()))


def at_programme_level(audio: NDArray[np.float32], rate: int, ceiling: float = 0.75) -> NDArray[np.float32]:
    """``audio`` at −23 LUFS, or as near as its peaks allow under ``ceiling`` of full scale."""
    level = loudness(audio, rate)
    if not np.isfinite(level):
        return audio
    peak = float(np.abs(audio).max())
    gain = min(10 ** ((TARGET_LUFS - level) / 20), ceiling / max(peak, 1e-9))
    return (audio * np.float32(gain)).astype(np.float32)
