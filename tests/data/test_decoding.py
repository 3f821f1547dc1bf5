"""Every kind of image that people have is read as they see it, or refused with the reason."""

import sys
import types

import numpy as np
import pytest
from PIL import Image

from cnnlab.data import decoding
from cnnlab.data.decoding import decode, pixel_size, suffixes

RED, BLUE = (255, 0, 0), (0, 0, 255)


@pytest.fixture
def half():
    """Red above, blue below: 4 pixels wide, 6 high."""
    pixels = np.zeros((6, 4, 3), dtype=np.uint8)
    pixels[:3], pixels[3:] = RED, BLUE
    return Image.fromarray(pixels)


@pytest.mark.parametrize(
    "suffix", [".png", ".JPG", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".ppm"]
)
def test_every_usual_suffix_is_read(half, tmp_path, suffix):
    half.save(tmp_path / f"image{suffix}")
    assert suffix.lower() in suffixes()
    pixels = decode(tmp_path / f"image{suffix}").astype(int)
    assert pixels.shape == (6, 4, 3)
    assert abs(pixels[0] - RED).max() < 60  # JPEG blurs color
    assert abs(pixels[-1] - BLUE).max() < 60


def test_files_that_start_other_programs_are_not_read():
    assert not {".eps", ".ps", ".pdf", ".wmf"} & suffixes()


def test_a_format_that_starts_a_program_is_not_opened_under_another_name(half, tmp_path):
    half.save(tmp_path / "a.eps")
    disguised = (tmp_path / "a.eps").rename(tmp_path / "a.png")
    with pytest.raises(ValueError, match="is not an image that can be read"):
        decode(disguised)
    assert pixel_size(disguised) is None


def test_a_wrong_suffix_does_not_matter(half, tmp_path):
    half.save(tmp_path / "a.png", format="BMP")
    assert (decode(tmp_path / "a.png") == np.asarray(half)).all()


TURNS = {
    1: lambda pixels: pixels,
    2: np.fliplr,
    3: lambda pixels: np.rot90(pixels, 2),
    4: np.flipud,
    5: lambda pixels: pixels.transpose(1, 0, 2),
    6: np.rot90,
    7: lambda pixels: np.rot90(pixels, 2).transpose(1, 0, 2),
    8: lambda pixels: np.rot90(pixels, -1),
}


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif"])
def test_a_camera_that_was_turned(tmp_path, orientation, suffix):
    upright = np.zeros((16, 32, 3), dtype=np.uint8)
    upright[:8, :8], upright[8:, 24:] = RED, BLUE
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"webp": {"lossless": True}, "jpg": {"quality": 100, "subsampling": 0}}
    stored = Image.fromarray(np.ascontiguousarray(TURNS[orientation](upright)))
    path = tmp_path / f"a.{suffix}"
    stored.save(path, exif=exif, **options.get(suffix, {}))
    assert pixel_size(path) == (16, 32)
    assert abs(decode(path).astype(int) - upright).max() < 40


def test_a_phones_orientation_is_followed(half, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by a quarter to show
    path = tmp_path / "phone.png"
    half.rotate(90, expand=True).save(path, exif=exif)
    assert pixel_size(path) == (6, 4)
    pixels = decode(path)
    assert (pixels[0] == RED).all()
    assert (pixels[-1] == BLUE).all()


def test_16_bits_keep_their_grays(tmp_path):
    numbers = np.array([[0, 257, 32896, 65535]], dtype=np.uint16)
    Image.fromarray(numbers).save(tmp_path / "gray.png")
    assert decode(tmp_path / "gray.png")[0, :, 0].tolist() == [0, 1, 128, 255]


def test_floats_from_0_to_1_are_read_and_others_refused(tmp_path):
    Image.fromarray(np.array([[0.0, 0.5, 1.0]], dtype=np.float32)).save(tmp_path / "good.tif")
    assert decode(tmp_path / "good.tif")[0, :, 1].tolist() == [0, 128, 255]
    Image.fromarray(np.array([[0.0, 7.0]], dtype=np.float32)).save(tmp_path / "bad.tif")
    with pytest.raises(ValueError, match="floats outside the range from 0 to 1"):
        decode(tmp_path / "bad.tif")


def test_32_bit_numbers_are_refused(tmp_path):
    Image.fromarray(np.array([[0, 1 << 20]], dtype=np.int32)).save(tmp_path / "deep.tif")
    with pytest.raises(ValueError, match="32-bit numbers; save it with 8 or 16 bits"):
        decode(tmp_path / "deep.tif")


@pytest.mark.parametrize("suffix", ["png", "webp"])
def test_what_is_transparent_is_white(tmp_path, suffix):
    pixels = np.zeros((2, 2, 4), dtype=np.uint8)
    pixels[0] = (*RED, 255)  # the others hide black
    Image.fromarray(pixels).save(tmp_path / f"cut.{suffix}", lossless=True)
    read = decode(tmp_path / f"cut.{suffix}")
    assert (read[0] == RED).all()
    assert (read[1] == 255).all()


def test_a_transparent_palette_is_white(half, tmp_path):
    half.quantize(4).save(tmp_path / "palette.gif", transparency=0)
    assert (decode(tmp_path / "palette.gif") == 255).all(axis=2).any()


def test_of_an_animation_the_first_frame_is_taken(half, tmp_path):
    path = tmp_path / "moving.gif"
    half.save(path, save_all=True, append_images=[half.rotate(180)])
    assert (decode(path)[0] == decode(path)[0, 0]).all()
    assert decode(path)[0, 0, 0] > 200


def test_gray_and_cmyk_become_rgb(half, tmp_path):
    for mode, suffix in (("L", "png"), ("CMYK", "jpg"), ("1", "png"), ("LA", "png")):
        path = tmp_path / f"{mode}.{suffix}"
        half.convert(mode).save(path)
        assert decode(path).shape == (6, 4, 3)


def test_scaling_covers_the_size_and_stretches_nothing(tmp_path):
    pixels = np.full((40, 80, 3), 255, dtype=np.uint8)
    pixels[10:30, 30:50] = 0  # a square in the middle
    Image.fromarray(pixels).save(tmp_path / "square.png")
    small = decode(tmp_path / "square.png", (20, 20))[..., 0] < 128
    assert small.shape == (20, 20)
    rows, columns = small.any(axis=1).sum(), small.any(axis=0).sum()
    assert abs(int(rows) - int(columns)) <= 1
    assert abs(int(rows) - 10) <= 1


def test_shrinking_is_antialiased(tmp_path):
    stripes = np.zeros((64, 64, 3), dtype=np.uint8)
    stripes[:, ::2] = 255
    Image.fromarray(stripes).save(tmp_path / "stripes.png")
    assert abs(decode(tmp_path / "stripes.png", (8, 8)).astype(int) - 128).max() < 30


def test_a_large_photograph_is_shrunk_to_the_same_numbers_as_a_small_file_of_it(tmp_path):
    """A JPEG is decoded at an eighth of its size where that is enough."""
    rows, columns = np.mgrid[:800, :1200]
    pixels = np.stack([rows // 4, columns // 5, (rows + columns) // 8], axis=2).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.jpg", quality=95)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    small = [decode(tmp_path / f"a.{suffix}", (20, 32)).astype(int) for suffix in ("jpg", "png")]
    assert abs(small[0] - small[1]).max() <= 4


def test_a_small_photograph_keeps_its_details(tmp_path):
    stripes = np.zeros((64, 64, 3), dtype=np.uint8)
    stripes[:, np.arange(64) % 8 < 4] = 255
    Image.fromarray(stripes).save(tmp_path / "a.jpg", quality=95)
    assert decode(tmp_path / "a.jpg", (32, 32)).std() > 100


def test_any_failure_of_a_format_is_a_reason(half, tmp_path, monkeypatch):
    half.save(tmp_path / "a.png")

    def fail(self):
        raise ZeroDivisionError("no tiles")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", fail)
    with pytest.raises(ValueError, match="no tiles"):
        decode(tmp_path / "a.png")


def test_a_bomb_and_a_missing_file_have_their_reasons(half, tmp_path, monkeypatch):
    half.save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 4)
    with pytest.raises(ValueError, match="has more pixels than Pillow opens by itself"):
        decode(tmp_path / "a.png")
    with pytest.raises(ValueError, match=r"cannot be read \(No such file or directory\)"):
        decode(tmp_path / "b.png")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", r"it is empty \(0 bytes\)"),
        (bytes(99), "it is only zeros"),
        (b"hello", "it is text"),
        (b"\xef\xbb\xbf\n <!DOCTYPE html><html>", "it is an HTML page; save the picture itself"),
        (b"<HTML><body>404", "it is an HTML page"),
        (b'<?xml version="1.0"?>\n<svg xmlns', "it is a drawing of lines, SVG"),
        (b"<?xml version='1.0'?><Error>denied", "it is text"),
        (b"%PDF-1.7\n%\xe2\xe3", "it is a PDF"),
        (b"PK\x03\x04\x14\0", "it is an archive; unpack it"),
        (b"\x1f\x8b\x08\0", "it is an archive"),
        (b"\0\0\0\x18ftypheic\0\0", "it is a HEIC photograph; .*pip install pillow-heif"),
        (b"\0\0\0\x18ftypmif1\0\0", "it is a HEIC photograph"),
        (b"\0\0\0\x18ftypisom\0\0", "it is a video"),
        (b"\0\0\0\x14ftypqt  \0\0", "it is a video"),
        (b"\0\x05\x16\x07\0\x02\0\0Mac OS X", "it is what macOS keeps beside a file"),
        (b"version https://git-lfs.github.com/spec/v1\n", "run `git lfs pull`"),
        (b"\xff\xd8\xff\xe0\0\x01\x02", "of an unknown kind, or damaged"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "."),
    ],
)
def test_what_is_not_an_image_is_refused(tmp_path, content, reason):
    (tmp_path / "file.png").write_bytes(content)
    with pytest.raises(ValueError, match=reason):
        decode(tmp_path / "file.png")
    assert pixel_size(tmp_path / "file.png") is None


def test_broken_metadata_warns_nobody(half, tmp_path, recwarn):
    exif = Image.Exif()
    exif[0x010E] = "a description that is cut off"
    half.save(tmp_path / "cut.jpg", exif=exif.tobytes()[:-12])
    with pytest.warns(UserWarning, match="Truncated"), Image.open(tmp_path / "cut.jpg") as image:
        image.getexif()  # what Pillow itself says of it
    assert pixel_size(tmp_path / "cut.jpg") == (6, 4)
    assert decode(tmp_path / "cut.jpg").shape == (6, 4, 3)
    assert not recwarn.list


def test_phone_photographs_are_read_where_the_library_is(half, tmp_path, monkeypatch):
    library = types.ModuleType("pillow_heif")
    library.register_heif_opener = lambda: Image.register_extension("BMP", ".heic")
    monkeypatch.setitem(sys.modules, "pillow_heif", library)
    monkeypatch.setattr(Image, "EXTENSION", dict(Image.EXTENSION))
    half.save(tmp_path / "a.heic", format="BMP")
    for cached in (suffixes, decoding._formats):
        cached.cache_clear()
    try:
        assert ".heic" in suffixes()
        assert (decode(tmp_path / "a.heic") == np.asarray(half)).all()
    finally:
        for cached in (suffixes, decoding._formats):
            cached.cache_clear()
