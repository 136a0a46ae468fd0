"""Write all pictures into docs/figures."""

from pathlib import Path

from tools.figures.pictures import PICTURES, TEXTS

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "figures"

for name, make in PICTURES.items():
    (FOLDER / f"{name}.svg").write_text(make(), encoding="utf-8")
    print(f"docs/figures/{name}.svg")
for name, write in TEXTS.items():
    (FOLDER / f"{name}.txt").write_text(write(), encoding="utf-8")
    print(f"docs/figures/{name}.txt")
