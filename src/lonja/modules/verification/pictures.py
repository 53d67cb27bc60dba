"""Pictures that people hand in: refused when they are a risk or show nothing, and written anew before they are kept.

Why written anew: what a picture carries besides its points (places, programs, a second file behind its end) ends here.
Pure but for the work of decoding. Invariant: nothing is decoded before its size in bytes and points was judged, and what
is kept is a plain JPEG of ours.
"""

from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Final

from lonja.modules.verification.refusals import refusal

if TYPE_CHECKING:
    from PIL.Image import Image

_KINDS: Final = {"JPEG": (b"\xff\xd8\xff",), "PNG": (b"\x89PNG\r\n\x1a\n",), "WEBP": (b"RIFF",)}
_JUDGED_SIDE: Final = 1_000
"""Sharpness is judged at this size, so that large pictures are not judged more strictly."""
_QUALITY: Final = 92
_LAPLACE: Final = (0, 1, 0, 1, -4, 1, 0, 1, 0)


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """What is taken. ``brightness`` is a mean from 0 to 255, ``sharpness_min`` the variance of the second derivative."""

    bytes_max: int = 10_000_000
    pixels_max: int = 30_000_000
    side_min: int = 500
    brightness_min: int = 40
    brightness_max: int = 250
    sharpness_min: int = 60


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that may be kept: ``content`` is a JPEG without anything but its points."""

    content: bytes = field(repr=False)
    width: int
    height: int
    brightness: int
    sharpness: int


def check_picture(raw: bytes, limits: PictureLimits) -> Picture:
    """``raw`` judged and written anew. Raises ``RefusedError``: what is wrong with it and how to make a better one."""
    if len(raw) > limits.bytes_max:
        raise refusal("picture_too_large")
    kind = next((name for name, begins in _KINDS.items() if raw.startswith(begins)), None)
    if kind is None:
        raise refusal("picture_type")
    plain = _decoded(raw, kind, limits)
    if min(plain.size) < limits.side_min:
        raise refusal("picture_too_small")
    brightness, sharpness = _judged(plain)
    if brightness < limits.brightness_min:
        raise refusal("picture_dark")
    if brightness > limits.brightness_max:
        raise refusal("picture_bright")
    if sharpness < limits.sharpness_min:
        raise refusal("picture_blurred")
    written = BytesIO()
    plain.save(written, "JPEG", quality=_QUALITY)
    return Picture(written.getvalue(), *plain.size, brightness, sharpness)


def _decoded(raw: bytes, kind: str, limits: PictureLimits) -> "Image":
    # Imported late: only who hands in a picture pays for the library.
    from PIL import Image, ImageOps  # noqa: PLC0415

    broken = refusal("picture_broken")
    try:
        with Image.open(BytesIO(raw), formats=(kind,)) as opened:
            # The size stands in the header: whoever lies there gets an error when its points do not fit.
            if opened.width * opened.height > limits.pixels_max:
                raise refusal("picture_too_large")
            if getattr(opened, "n_frames", 1) != 1:
                raise refusal("picture_type")
            opened.load()
            turned = ImageOps.exif_transpose(opened).convert("RGB")
            # Comments and the like would be written again.
            turned.info.clear()
            return turned
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise refusal("picture_too_large") from error
    except (OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, EOFError, MemoryError) as error:
        # A damaged file makes the library raise any of these.
        raise broken from error


def _judged(plain: "Image") -> tuple[int, int]:
    from PIL import ImageFilter, ImageStat  # noqa: PLC0415

    gray = plain.convert("L")
    gray.thumbnail((_JUDGED_SIDE, _JUDGED_SIDE))
    edges = gray.filter(ImageFilter.Kernel((3, 3), _LAPLACE, scale=1, offset=128))
    return round(ImageStat.Stat(gray).mean[0]), round(ImageStat.Stat(edges).var[0])
