"""A lossy codec there and back, in memory, aligned to the sample with what went in."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from vqa_toolkit.errors import FaultError
from vqa_toolkit.simulate.sound._span import Samples

if TYPE_CHECKING:
    import av

CONTAINERS = {
    "aac": "adts",
    "libmp3lame": "mp3",
    "libopus": "ogg",
    "libvorbis": "ogg",
    "mp2": "mp3",
    "adpcm_ima_wav": "wav",
}
OPUS_RATE = 48_000  # samples/s: Opus knows few rates; others are resampled by the encoder's front end
MP3_LEAST, MP3_LOW_RATE = 32_000, 16_000  # bits/s a channel below which MP3 needs a low rate, and that rate
ADPCM_BITS = 4  # a sample
SEARCH_S = 0.12  # longest delay of these encoders and decoders together
GUARD_S = 0.15  # of repeated sound before and after, so that an encoder's start and end fall outside


def recode(audio: Samples, rate: int, codec: str, bit_rate: int) -> Samples:
    """``audio`` (n, channels) encoded at ``bit_rate`` bits/s and decoded again; same length, delay removed.

    Raises:
        FaultError: when the codec cannot take this rate or number of channels.
    """
    guard = min(int(GUARD_S * rate), len(audio))
    silent = np.zeros((guard, audio.shape[1]), np.float32)
    padded = np.concatenate([audio[:guard][::-1], audio, audio[-guard:][::-1], silent])
    try:
        decoded = _there_and_back(np.clip(padded, -1, 1), rate, codec, bit_rate)
    except (OSError, ValueError) as error:
        raise FaultError(f"{codec} cannot encode {audio.shape[1]} channels at {rate} samples/s: {error}.") from error
    lag = _delay(padded.mean(axis=1), decoded.mean(axis=1), int(SEARCH_S * rate))
    begin = guard + lag
    out = np.zeros_like(audio)
    found = decoded[max(begin, 0) : begin + len(audio)]
    out[: len(found)] = found
    return out


def _there_and_back(audio: Samples, rate: int, codec: str, bit_rate: int) -> Samples:
    import av

    layout = "mono" if audio.shape[1] == 1 else "stereo" if audio.shape[1] == 2 else f"{audio.shape[1]}c"
    inner = _inner_rate(codec, rate, bit_rate // audio.shape[1])
    store = io.BytesIO()
    with av.open(store, "w", format=CONTAINERS[codec]) as target:
        stream = cast("av.AudioStream", target.add_stream(codec, rate=inner))
        stream.bit_rate = bit_rate
        stream.layout = layout
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(audio.T), format="fltp", layout=layout)
        frame.sample_rate = rate
        stream.codec_context.open()
        size = stream.codec_context.frame_size or 0
        resampler = av.AudioResampler(stream.format.name, layout, inner, frame_size=size)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            target.mux(stream.encode(piece))
        target.mux(stream.encode(None))
    store.seek(0)
    with av.open(store, "r") as source:
        back = av.AudioResampler("fltp", layout, rate)
        frames = [f for piece in source.decode(audio=0) for f in back.resample(piece)]
        frames += back.resample(None)
    return np.concatenate([f.to_ndarray() for f in frames], axis=1).T.astype(np.float32)


def _inner_rate(codec: str, rate: int, per_channel: int) -> int:
    """The rate at which a codec works, where it is not the sound's own."""
    if codec == "libopus":
        return OPUS_RATE
    if codec == "libmp3lame" and per_channel < MP3_LEAST:
        return MP3_LOW_RATE
    return per_channel // ADPCM_BITS if codec == "adpcm_ima_wav" else rate


def _delay(reference: NDArray[np.float32], delayed: NDArray[np.float32], longest: int) -> int:
    """Samples by which ``delayed`` is late, at the peak of the cross-correlation within ± ``longest``."""
    from scipy.fft import irfft, next_fast_len, rfft

    n = min(len(reference), len(delayed))
    size = next_fast_len(2 * n, real=True)
    product = np.conj(rfft(reference[:n], size)) * rfft(delayed[:n], size)
    correlation = irfft(product, size)
    around = np.concatenate([correlation[-longest:], correlation[: longest + 1]])
    return int(np.argmax(around)) - longest
