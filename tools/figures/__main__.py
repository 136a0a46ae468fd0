"""Write all pictures into docs/figures."""

from pathlib import Path

from tools.figures.pictures import PICTURES

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "figures"

for name, make in PICTURES.items():
    (FOLDER / f"{name}.svg").write_text(make(), encoding="utf-8")
    print(f"docs/figures/{name}.svg")
