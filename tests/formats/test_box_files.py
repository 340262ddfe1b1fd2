"""Boxes around specimens from the files of other programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from napari_homolog.boxes import Box
from napari_homolog.errors import FormatError
from napari_homolog.formats import ImageBox, read_boxes

IMGLAB = """<?xml version='1.0' encoding='ISO-8859-1'?>
<?xml-stylesheet type='text/xsl' href='image_metadata_stylesheet.xsl'?>
<dataset><name>tray</name><images>
  <image file='tray.jpg'>
    <box top='10' left='20' width='100' height='50'><part name='0' x='30' y='40'/></box>
    <box top='5' left='6' width='70' height='80' ignore='1'/>
  </image>
  <image file='other.jpg'><box top='-3' left='0' width='40' height='30'/></image>
</images></dataset>
"""
TRAY = ImageBox("tray.jpg", Box(9.5, 19.5, 59.5, 119.5))


def coco(*annotations: object) -> str:
    images = [{"id": 7, "file_name": "tray.jpg", "height": 200, "width": 300}]
    return json.dumps({"images": images, "annotations": annotations, "categories": []})


def test_imglab(tmp_path: Path) -> None:
    file = tmp_path / "tray.xml"
    file.write_text(IMGLAB, encoding="latin-1")
    assert read_boxes(file) == [TRAY, ImageBox("other.jpg", Box(-3.5, -0.5, 26.5, 39.5))]


def test_the_boxes_of_imglab_are_those_that_dlib_reads(tmp_path: Path) -> None:
    dlib = pytest.importorskip("dlib", reason="dlib is an extra, for machines that have a wheel")
    file = tmp_path / "tray.xml"
    file.write_text(IMGLAB, encoding="latin-1")
    left, top, right, bottom = (
        getattr(dlib.rectangle(20, 10, 119, 59), side)()
        for side in ("left", "top", "right", "bottom")
    )
    assert read_boxes(file)[0].box == Box(top - 0.5, left - 0.5, bottom + 0.5, right + 0.5)


def test_coco(tmp_path: Path) -> None:
    file = tmp_path / "tray.json"
    file.write_text(
        coco({"id": 1, "image_id": 7, "bbox": [20, 10, 100, 50]}, {"id": 2, "image_id": 7})
    )
    assert read_boxes(file) == [TRAY]


def test_a_table(tmp_path: Path) -> None:
    file = tmp_path / "tray.csv"
    file.write_text("image,left,top,width,height\ntray.jpg,20,10,100,50\n")
    assert read_boxes(file) == [TRAY]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "image,left\n", "line 1: no column top, height, width"),
        ("a.csv", "image,left,top,width,height\nb.jpg,1,2,3,x\n", "line 2: the box .* 'x'"),
        ("a.csv", "image,left,top,width,height\nb.jpg,1,2,3,4\n", "line 2: .* at least 8 pixels"),
        ("a.csv", "image,left,top,width,height\nb.jpg,1,2,inf,40\n", "line 2: .* finite"),
        ("a.csv", "image,left,top,width,height\n", "holds no boxes"),
        ("a.json", coco({"id": 1, "image_id": 7, "bbox": [1, 2, 3]}), "the box .* cannot be used"),
        ("a.json", coco({"id": 1, "image_id": 8, "bbox": [1, 2, 30, 40]}), "the image 8 is not in"),
        ("a.json", "{}", "no lists of images"),
        ("a.xml", "<dataset><image file='a'>", "not valid XML"),
        ("a.xml", "<html/>", "'html'; expected imglab"),
        ("a.xml", "<!DOCTYPE d [<!ENTITY a 'b'>]><dataset/>", "declares entities"),
        ("a.xml", "<dataset><image file='a'><box top='1'/></image></dataset>", "image a: the box"),
        ("a.txt", "", "read from .json, .xml, .csv"),
    ],
)
def test_what_cannot_be_used_is_told(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(FormatError, match=message):
        read_boxes(tmp_path / name)


def test_a_table_is_read_as_all_tables_are(tmp_path):
    """R's quoting and row names, semicolons with decimal commas, capitals and further columns."""
    written = tmp_path / "boxes.csv"
    written.write_text(
        '"Image";"note";"Top";"Left";"Height";"Width"\n"1";"b.jpg";"x";10,5;20;30,5;40\n'
    )
    (one,) = read_boxes(written)
    assert one.image == "b.jpg"
    assert (one.box.top, one.box.left, one.box.bottom, one.box.right) == (10, 19.5, 40.5, 59.5)
