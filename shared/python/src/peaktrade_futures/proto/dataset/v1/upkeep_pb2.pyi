from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListDatasetFilesRequest(_message.Message):
    __slots__ = ("dataset_id",)
    DATASET_ID_FIELD_NUMBER: _ClassVar[int]
    dataset_id: str
    def __init__(self, dataset_id: _Optional[str] = ...) -> None: ...

class ListDatasetFilesResponse(_message.Message):
    __slots__ = ("inputs",)
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    inputs: _containers.RepeatedCompositeFieldContainer[DatasetInput]
    def __init__(self, inputs: _Optional[_Iterable[_Union[DatasetInput, _Mapping]]] = ...) -> None: ...

class DatasetInput(_message.Message):
    __slots__ = ("contract", "generation", "newest_generation", "content_sha256", "rows", "files", "sources")
    CONTRACT_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    NEWEST_GENERATION_FIELD_NUMBER: _ClassVar[int]
    CONTENT_SHA256_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    FILES_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    contract: str
    generation: int
    newest_generation: int
    content_sha256: str
    rows: int
    files: _containers.RepeatedCompositeFieldContainer[StoredFile]
    sources: _containers.RepeatedCompositeFieldContainer[SourceFile]
    def __init__(self, contract: _Optional[str] = ..., generation: _Optional[int] = ..., newest_generation: _Optional[int] = ..., content_sha256: _Optional[str] = ..., rows: _Optional[int] = ..., files: _Optional[_Iterable[_Union[StoredFile, _Mapping]]] = ..., sources: _Optional[_Iterable[_Union[SourceFile, _Mapping]]] = ...) -> None: ...

class StoredFile(_message.Message):
    __slots__ = ("name", "rows", "bytes")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    name: str
    rows: int
    bytes: int
    def __init__(self, name: _Optional[str] = ..., rows: _Optional[int] = ..., bytes: _Optional[int] = ...) -> None: ...

class SourceFile(_message.Message):
    __slots__ = ("sha256", "file_name", "format", "rows_added")
    SHA256_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    ROWS_ADDED_FIELD_NUMBER: _ClassVar[int]
    sha256: str
    file_name: str
    format: str
    rows_added: int
    def __init__(self, sha256: _Optional[str] = ..., file_name: _Optional[str] = ..., format: _Optional[str] = ..., rows_added: _Optional[int] = ...) -> None: ...

class ListGarbageRequest(_message.Message):
    __slots__ = ("root", "keep_datasets")
    ROOT_FIELD_NUMBER: _ClassVar[int]
    KEEP_DATASETS_FIELD_NUMBER: _ClassVar[int]
    root: str
    keep_datasets: int
    def __init__(self, root: _Optional[str] = ..., keep_datasets: _Optional[int] = ...) -> None: ...

class ListGarbageResponse(_message.Message):
    __slots__ = ("items", "list_sha256", "bytes", "is_cut")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    LIST_SHA256_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    IS_CUT_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[GarbageItem]
    list_sha256: str
    bytes: int
    is_cut: bool
    def __init__(self, items: _Optional[_Iterable[_Union[GarbageItem, _Mapping]]] = ..., list_sha256: _Optional[str] = ..., bytes: _Optional[int] = ..., is_cut: _Optional[bool] = ...) -> None: ...

class GarbageItem(_message.Message):
    __slots__ = ("kind", "name", "bytes", "reason")
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    kind: str
    name: str
    bytes: int
    reason: str
    def __init__(self, kind: _Optional[str] = ..., name: _Optional[str] = ..., bytes: _Optional[int] = ..., reason: _Optional[str] = ...) -> None: ...

class CollectGarbageRequest(_message.Message):
    __slots__ = ("root", "keep_datasets", "list_sha256")
    ROOT_FIELD_NUMBER: _ClassVar[int]
    KEEP_DATASETS_FIELD_NUMBER: _ClassVar[int]
    LIST_SHA256_FIELD_NUMBER: _ClassVar[int]
    root: str
    keep_datasets: int
    list_sha256: str
    def __init__(self, root: _Optional[str] = ..., keep_datasets: _Optional[int] = ..., list_sha256: _Optional[str] = ...) -> None: ...

class CollectGarbageResponse(_message.Message):
    __slots__ = ("items", "bytes")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[GarbageItem]
    bytes: int
    def __init__(self, items: _Optional[_Iterable[_Union[GarbageItem, _Mapping]]] = ..., bytes: _Optional[int] = ...) -> None: ...
