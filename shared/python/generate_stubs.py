"""Generates the committed gRPC stubs from `proto/`, under one package so that they clash with no other `peaktrade`.

usage: generate_stubs.py [OUTPUT_DIRECTORY]
"""

from __future__ import annotations

import pathlib
import shutil
import sys
import tempfile

from grpc_tools import protoc

HERE = pathlib.Path(__file__).resolve().parent
PROTO = HERE.parent.parent / "proto"
COMMITTED = HERE / "src" / "peaktrade_futures" / "proto"
WIRE_PACKAGE = "peaktrade.futures."
PYTHON_PACKAGE = "peaktrade_futures.proto."


def generate(output: pathlib.Path) -> None:
    """Writes stubs for every proto below `output`, replacing what is there."""
    with tempfile.TemporaryDirectory() as scratch:
        sources = sorted(str(path.relative_to(PROTO)) for path in PROTO.rglob("*.proto"))
        outputs = [f"--{kind}_out={scratch}" for kind in ("python", "grpc_python", "pyi")]
        if protoc.main(["protoc", f"-I{PROTO}", f"-I{well_known_types()}", *outputs, *sources]) != 0:
            raise SystemExit("protoc refused the protos; its words are above")
        shutil.rmtree(output, ignore_errors=True)
        shutil.copytree(pathlib.Path(scratch, "peaktrade", "futures"), output)
    for source in sorted(output.rglob("*.py*")):
        text = source.read_text()
        # Imports and message modules name Python; descriptors and method paths keep the wire package.
        text = text.replace(f"from {WIRE_PACKAGE}", f"from {PYTHON_PACKAGE}")
        text = text.replace(f"Messages(DESCRIPTOR, '{WIRE_PACKAGE}", f"Messages(DESCRIPTOR, '{PYTHON_PACKAGE}")
        source.write_text(text)
    for directory in [output, *(path for path in output.rglob("*") if path.is_dir())]:
        (directory / "__init__.py").touch()
    # A service-less proto yields a module with nothing but a version check.
    for stub in sorted(output.rglob("*_pb2_grpc.py")):
        if "class " not in stub.read_text():
            stub.unlink()


def well_known_types() -> pathlib.Path:
    """Folder of google/protobuf/*.proto inside grpcio-tools."""
    import grpc_tools

    return pathlib.Path(grpc_tools.__file__).parent / "_proto"


if __name__ == "__main__":
    generate(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else COMMITTED)
