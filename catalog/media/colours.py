"""Colours as every browser shows them alike: sRGB, 8 bits a channel."""

import io

from PIL import Image, ImageCms

SRGB = ImageCms.createProfile("sRGB")
AS_THEY_ARE = {"1", "L", "LA", "P", "RGB", "RGBA"}


def in_srgb(image: Image.Image) -> Image.Image:
    """The picture in sRGB and without its profile; it may be the same object. What is see-through stays so."""
    profile = image.info.pop("icc_profile", None)
    if image.mode.startswith("I"):
        return _in_8_bits(image)
    if profile is not None:
        image = _by_profile(image, profile)
    return image if image.mode in AS_THEY_ARE else image.convert("RGB")


def _in_8_bits(image: Image.Image) -> Image.Image:
    """A grey picture of 16 bits."""
    shallow = image.point(lambda level: level * (1 / 256)).convert("L")
    if isinstance(clear := image.info.get("transparency"), int):
        shallow.info["transparency"] = clear // 256
    return shallow


def _by_profile(image: Image.Image, profile: bytes) -> Image.Image:
    """Its profile's colours; a profile that is broken, or not one for such pictures, is passed over."""
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(given):
            return image
        if image.mode == "P" or "transparency" in image.info:
            image = image.convert("RGBA" if image.has_transparency_data else "RGB")
        mode = "RGBA" if image.mode in ("LA", "RGBA") else "RGB"
        # In place where that goes: a second picture of 40 million pixels takes another 160 MB.
        if image.mode == mode:
            ImageCms.profileToProfile(image, given, SRGB, inPlace=True)
            return image
        return ImageCms.profileToProfile(image, given, SRGB, outputMode=mode) or image
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
