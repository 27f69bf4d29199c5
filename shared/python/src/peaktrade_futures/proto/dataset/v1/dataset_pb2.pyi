import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from peaktrade_futures.proto.dataset.v1 import settlements_pb2 as _settlements_pb2
from peaktrade_futures.proto.dataset.v1 import spreads_pb2 as _spreads_pb2
from peaktrade_futures.proto.dataset.v1 import upkeep_pb2 as _upkeep_pb2
from peaktrade_futures.proto.dataset.v1 import vendor_series_pb2 as _vendor_series_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ImportBarsRequest(_message.Message):
    __slots__ = ("header", "chunk")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: ImportHeader
    chunk: bytes
    def __init__(self, header: _Optional[_Union[ImportHeader, _Mapping]] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class ImportHeader(_message.Message):
    __slots__ = ("format", "root", "file_name", "contract", "time_zone", "stamp", "prices", "bar", "profile", "supersede")
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    STAMP_FIELD_NUMBER: _ClassVar[int]
    PRICES_FIELD_NUMBER: _ClassVar[int]
    BAR_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDE_FIELD_NUMBER: _ClassVar[int]
    format: str
    root: str
    file_name: str
    contract: str
    time_zone: str
    stamp: str
    prices: str
    bar: str
    profile: str
    supersede: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, format: _Optional[str] = ..., root: _Optional[str] = ..., file_name: _Optional[str] = ..., contract: _Optional[str] = ..., time_zone: _Optional[str] = ..., stamp: _Optional[str] = ..., prices: _Optional[str] = ..., bar: _Optional[str] = ..., profile: _Optional[str] = ..., supersede: _Optional[_Iterable[str]] = ...) -> None: ...

class ImportBarsResponse(_message.Message):
    __slots__ = ("contract", "file_sha256", "rows_in", "dispositions", "first_time", "last_time", "already_present", "contracts")
    CONTRACT_FIELD_NUMBER: _ClassVar[int]
    FILE_SHA256_FIELD_NUMBER: _ClassVar[int]
    ROWS_IN_FIELD_NUMBER: _ClassVar[int]
    DISPOSITIONS_FIELD_NUMBER: _ClassVar[int]
    FIRST_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_TIME_FIELD_NUMBER: _ClassVar[int]
    ALREADY_PRESENT_FIELD_NUMBER: _ClassVar[int]
    CONTRACTS_FIELD_NUMBER: _ClassVar[int]
    contract: str
    file_sha256: str
    rows_in: int
    dispositions: _containers.RepeatedCompositeFieldContainer[Disposition]
    first_time: _timestamp_pb2.Timestamp
    last_time: _timestamp_pb2.Timestamp
    already_present: bool
    contracts: _containers.RepeatedCompositeFieldContainer[ImportedContract]
    def __init__(self, contract: _Optional[str] = ..., file_sha256: _Optional[str] = ..., rows_in: _Optional[int] = ..., dispositions: _Optional[_Iterable[_Union[Disposition, _Mapping]]] = ..., first_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., already_present: _Optional[bool] = ..., contracts: _Optional[_Iterable[_Union[ImportedContract, _Mapping]]] = ...) -> None: ...

class ImportedContract(_message.Message):
    __slots__ = ("contract", "bars", "first_time", "last_time", "already_present", "rows_added", "rows_removed")
    CONTRACT_FIELD_NUMBER: _ClassVar[int]
    BARS_FIELD_NUMBER: _ClassVar[int]
    FIRST_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_TIME_FIELD_NUMBER: _ClassVar[int]
    ALREADY_PRESENT_FIELD_NUMBER: _ClassVar[int]
    ROWS_ADDED_FIELD_NUMBER: _ClassVar[int]
    ROWS_REMOVED_FIELD_NUMBER: _ClassVar[int]
    contract: str
    bars: int
    first_time: _timestamp_pb2.Timestamp
    last_time: _timestamp_pb2.Timestamp
    already_present: bool
    rows_added: int
    rows_removed: int
    def __init__(self, contract: _Optional[str] = ..., bars: _Optional[int] = ..., first_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., already_present: _Optional[bool] = ..., rows_added: _Optional[int] = ..., rows_removed: _Optional[int] = ...) -> None: ...

class Disposition(_message.Message):
    __slots__ = ("kind", "rows")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    kind: str
    rows: int
    def __init__(self, kind: _Optional[str] = ..., rows: _Optional[int] = ...) -> None: ...

class ValidateDatasetRequest(_message.Message):
    __slots__ = ("root", "to", "degraded_days", "severity")
    ROOT_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    DEGRADED_DAYS_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    root: str
    to: str
    degraded_days: _containers.RepeatedCompositeFieldContainer[VendorDay]
    severity: str
    def __init__(self, root: _Optional[str] = ..., to: _Optional[str] = ..., degraded_days: _Optional[_Iterable[_Union[VendorDay, _Mapping]]] = ..., severity: _Optional[str] = ..., **kwargs) -> None: ...

class VendorDay(_message.Message):
    __slots__ = ("date", "condition")
    DATE_FIELD_NUMBER: _ClassVar[int]
    CONDITION_FIELD_NUMBER: _ClassVar[int]
    date: str
    condition: str
    def __init__(self, date: _Optional[str] = ..., condition: _Optional[str] = ...) -> None: ...

class ValidateDatasetResponse(_message.Message):
    __slots__ = ("progress", "report")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    REPORT_FIELD_NUMBER: _ClassVar[int]
    progress: Progress
    report: ValidationReport
    def __init__(self, progress: _Optional[_Union[Progress, _Mapping]] = ..., report: _Optional[_Union[ValidationReport, _Mapping]] = ...) -> None: ...

class Progress(_message.Message):
    __slots__ = ("step", "done", "total")
    STEP_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    step: str
    done: int
    total: int
    def __init__(self, step: _Optional[str] = ..., done: _Optional[int] = ..., total: _Optional[int] = ...) -> None: ...

class ValidationReport(_message.Message):
    __slots__ = ("rows", "sessions", "findings")
    ROWS_FIELD_NUMBER: _ClassVar[int]
    SESSIONS_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    rows: int
    sessions: int
    findings: _containers.RepeatedCompositeFieldContainer[Finding]
    def __init__(self, rows: _Optional[int] = ..., sessions: _Optional[int] = ..., findings: _Optional[_Iterable[_Union[Finding, _Mapping]]] = ...) -> None: ...

class Finding(_message.Message):
    __slots__ = ("severity", "code", "contract", "trade_date", "count", "example", "last_trade_date", "samples", "unit")
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_FIELD_NUMBER: _ClassVar[int]
    TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    EXAMPLE_FIELD_NUMBER: _ClassVar[int]
    LAST_TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    SAMPLES_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    severity: str
    code: str
    contract: str
    trade_date: str
    count: int
    example: str
    last_trade_date: str
    samples: _containers.RepeatedScalarFieldContainer[str]
    unit: str
    def __init__(self, severity: _Optional[str] = ..., code: _Optional[str] = ..., contract: _Optional[str] = ..., trade_date: _Optional[str] = ..., count: _Optional[int] = ..., example: _Optional[str] = ..., last_trade_date: _Optional[str] = ..., samples: _Optional[_Iterable[str]] = ..., unit: _Optional[str] = ...) -> None: ...

class BuildContinuousRequest(_message.Message):
    __slots__ = ("root", "bar", "method", "to", "as_of", "roll_trigger", "roll_instant", "spread", "max_stale_session_minutes", "roll_table", "snap", "session", "depth", "max_spread_basis_points", "max_median_basis_points")
    ROOT_FIELD_NUMBER: _ClassVar[int]
    BAR_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    ROLL_TRIGGER_FIELD_NUMBER: _ClassVar[int]
    ROLL_INSTANT_FIELD_NUMBER: _ClassVar[int]
    SPREAD_FIELD_NUMBER: _ClassVar[int]
    MAX_STALE_SESSION_MINUTES_FIELD_NUMBER: _ClassVar[int]
    ROLL_TABLE_FIELD_NUMBER: _ClassVar[int]
    SNAP_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    DEPTH_FIELD_NUMBER: _ClassVar[int]
    MAX_SPREAD_BASIS_POINTS_FIELD_NUMBER: _ClassVar[int]
    MAX_MEDIAN_BASIS_POINTS_FIELD_NUMBER: _ClassVar[int]
    root: str
    bar: str
    method: str
    to: str
    as_of: _timestamp_pb2.Timestamp
    roll_trigger: str
    roll_instant: str
    spread: str
    max_stale_session_minutes: int
    roll_table: _containers.RepeatedCompositeFieldContainer[RollTableRow]
    snap: bool
    session: str
    depth: int
    max_spread_basis_points: int
    max_median_basis_points: int
    def __init__(self, root: _Optional[str] = ..., bar: _Optional[str] = ..., method: _Optional[str] = ..., to: _Optional[str] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., roll_trigger: _Optional[str] = ..., roll_instant: _Optional[str] = ..., spread: _Optional[str] = ..., max_stale_session_minutes: _Optional[int] = ..., roll_table: _Optional[_Iterable[_Union[RollTableRow, _Mapping]]] = ..., snap: _Optional[bool] = ..., session: _Optional[str] = ..., depth: _Optional[int] = ..., max_spread_basis_points: _Optional[int] = ..., max_median_basis_points: _Optional[int] = ..., **kwargs) -> None: ...

class RollTableRow(_message.Message):
    __slots__ = ("from_symbol", "to_symbol", "roll_ts")
    FROM_SYMBOL_FIELD_NUMBER: _ClassVar[int]
    TO_SYMBOL_FIELD_NUMBER: _ClassVar[int]
    ROLL_TS_FIELD_NUMBER: _ClassVar[int]
    from_symbol: str
    to_symbol: str
    roll_ts: _timestamp_pb2.Timestamp
    def __init__(self, from_symbol: _Optional[str] = ..., to_symbol: _Optional[str] = ..., roll_ts: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class BuildContinuousResponse(_message.Message):
    __slots__ = ("progress", "dataset")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    DATASET_FIELD_NUMBER: _ClassVar[int]
    progress: Progress
    dataset: Dataset
    def __init__(self, progress: _Optional[_Union[Progress, _Mapping]] = ..., dataset: _Optional[_Union[Dataset, _Mapping]] = ...) -> None: ...

class Dataset(_message.Message):
    __slots__ = ("dataset_id", "content_sha256", "root", "bar", "method", "to", "as_of", "rows_in", "rows_out", "gaps_detected", "duplicates_removed", "rolls", "calendar_sha256", "roll_policy", "contracts", "source_sha256", "first_time", "last_time", "rows_inactive", "nonpositive_rows", "first_nonpositive_time", "snap", "session", "depth", "minutes_taken", "minutes_outside_session", "minutes_unfinished", "settlements")
    DATASET_ID_FIELD_NUMBER: _ClassVar[int]
    CONTENT_SHA256_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    BAR_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    ROWS_IN_FIELD_NUMBER: _ClassVar[int]
    ROWS_OUT_FIELD_NUMBER: _ClassVar[int]
    GAPS_DETECTED_FIELD_NUMBER: _ClassVar[int]
    DUPLICATES_REMOVED_FIELD_NUMBER: _ClassVar[int]
    ROLLS_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_SHA256_FIELD_NUMBER: _ClassVar[int]
    ROLL_POLICY_FIELD_NUMBER: _ClassVar[int]
    CONTRACTS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_SHA256_FIELD_NUMBER: _ClassVar[int]
    FIRST_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_TIME_FIELD_NUMBER: _ClassVar[int]
    ROWS_INACTIVE_FIELD_NUMBER: _ClassVar[int]
    NONPOSITIVE_ROWS_FIELD_NUMBER: _ClassVar[int]
    FIRST_NONPOSITIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    SNAP_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    DEPTH_FIELD_NUMBER: _ClassVar[int]
    MINUTES_TAKEN_FIELD_NUMBER: _ClassVar[int]
    MINUTES_OUTSIDE_SESSION_FIELD_NUMBER: _ClassVar[int]
    MINUTES_UNFINISHED_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENTS_FIELD_NUMBER: _ClassVar[int]
    dataset_id: str
    content_sha256: str
    root: str
    bar: str
    method: str
    to: str
    as_of: _timestamp_pb2.Timestamp
    rows_in: int
    rows_out: int
    gaps_detected: int
    duplicates_removed: int
    rolls: _containers.RepeatedCompositeFieldContainer[Roll]
    calendar_sha256: str
    roll_policy: str
    contracts: _containers.RepeatedScalarFieldContainer[str]
    source_sha256: _containers.RepeatedScalarFieldContainer[str]
    first_time: _timestamp_pb2.Timestamp
    last_time: _timestamp_pb2.Timestamp
    rows_inactive: int
    nonpositive_rows: int
    first_nonpositive_time: _timestamp_pb2.Timestamp
    snap: bool
    session: str
    depth: int
    minutes_taken: int
    minutes_outside_session: int
    minutes_unfinished: int
    settlements: _containers.RepeatedCompositeFieldContainer[_settlements_pb2.SettlementInput]
    def __init__(self, dataset_id: _Optional[str] = ..., content_sha256: _Optional[str] = ..., root: _Optional[str] = ..., bar: _Optional[str] = ..., method: _Optional[str] = ..., to: _Optional[str] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., rows_in: _Optional[int] = ..., rows_out: _Optional[int] = ..., gaps_detected: _Optional[int] = ..., duplicates_removed: _Optional[int] = ..., rolls: _Optional[_Iterable[_Union[Roll, _Mapping]]] = ..., calendar_sha256: _Optional[str] = ..., roll_policy: _Optional[str] = ..., contracts: _Optional[_Iterable[str]] = ..., source_sha256: _Optional[_Iterable[str]] = ..., first_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., rows_inactive: _Optional[int] = ..., nonpositive_rows: _Optional[int] = ..., first_nonpositive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., snap: _Optional[bool] = ..., session: _Optional[str] = ..., depth: _Optional[int] = ..., minutes_taken: _Optional[int] = ..., minutes_outside_session: _Optional[int] = ..., minutes_unfinished: _Optional[int] = ..., settlements: _Optional[_Iterable[_Union[_settlements_pb2.SettlementInput, _Mapping]]] = ..., **kwargs) -> None: ...

class Roll(_message.Message):
    __slots__ = ("from_symbol", "to_symbol", "roll_ts", "trade_date", "spread", "spread_time", "from_price", "to_price", "from_volume", "to_volume", "method", "runner_up_median_30", "spread_min", "spread_max", "stale_session_minutes", "cumulative_adjustment", "cumulative_factor", "to_time", "from_content_sha256", "to_content_sha256", "from_source_sha256", "to_source_sha256", "candidates", "spread_deviation", "decision")
    FROM_SYMBOL_FIELD_NUMBER: _ClassVar[int]
    TO_SYMBOL_FIELD_NUMBER: _ClassVar[int]
    ROLL_TS_FIELD_NUMBER: _ClassVar[int]
    TRADE_DATE_FIELD_NUMBER: _ClassVar[int]
    SPREAD_FIELD_NUMBER: _ClassVar[int]
    SPREAD_TIME_FIELD_NUMBER: _ClassVar[int]
    FROM_PRICE_FIELD_NUMBER: _ClassVar[int]
    TO_PRICE_FIELD_NUMBER: _ClassVar[int]
    FROM_VOLUME_FIELD_NUMBER: _ClassVar[int]
    TO_VOLUME_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    RUNNER_UP_MEDIAN_30_FIELD_NUMBER: _ClassVar[int]
    SPREAD_MIN_FIELD_NUMBER: _ClassVar[int]
    SPREAD_MAX_FIELD_NUMBER: _ClassVar[int]
    STALE_SESSION_MINUTES_FIELD_NUMBER: _ClassVar[int]
    CUMULATIVE_ADJUSTMENT_FIELD_NUMBER: _ClassVar[int]
    CUMULATIVE_FACTOR_FIELD_NUMBER: _ClassVar[int]
    TO_TIME_FIELD_NUMBER: _ClassVar[int]
    FROM_CONTENT_SHA256_FIELD_NUMBER: _ClassVar[int]
    TO_CONTENT_SHA256_FIELD_NUMBER: _ClassVar[int]
    FROM_SOURCE_SHA256_FIELD_NUMBER: _ClassVar[int]
    TO_SOURCE_SHA256_FIELD_NUMBER: _ClassVar[int]
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    SPREAD_DEVIATION_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    from_symbol: str
    to_symbol: str
    roll_ts: _timestamp_pb2.Timestamp
    trade_date: str
    spread: str
    spread_time: _timestamp_pb2.Timestamp
    from_price: str
    to_price: str
    from_volume: int
    to_volume: int
    method: str
    runner_up_median_30: str
    spread_min: str
    spread_max: str
    stale_session_minutes: int
    cumulative_adjustment: str
    cumulative_factor: str
    to_time: _timestamp_pb2.Timestamp
    from_content_sha256: str
    to_content_sha256: str
    from_source_sha256: _containers.RepeatedScalarFieldContainer[str]
    to_source_sha256: _containers.RepeatedScalarFieldContainer[str]
    candidates: _containers.RepeatedCompositeFieldContainer[_spreads_pb2.SpreadCandidate]
    spread_deviation: str
    decision: _spreads_pb2.RollDecision
    def __init__(self, from_symbol: _Optional[str] = ..., to_symbol: _Optional[str] = ..., roll_ts: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., trade_date: _Optional[str] = ..., spread: _Optional[str] = ..., spread_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., from_price: _Optional[str] = ..., to_price: _Optional[str] = ..., from_volume: _Optional[int] = ..., to_volume: _Optional[int] = ..., method: _Optional[str] = ..., runner_up_median_30: _Optional[str] = ..., spread_min: _Optional[str] = ..., spread_max: _Optional[str] = ..., stale_session_minutes: _Optional[int] = ..., cumulative_adjustment: _Optional[str] = ..., cumulative_factor: _Optional[str] = ..., to_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., from_content_sha256: _Optional[str] = ..., to_content_sha256: _Optional[str] = ..., from_source_sha256: _Optional[_Iterable[str]] = ..., to_source_sha256: _Optional[_Iterable[str]] = ..., candidates: _Optional[_Iterable[_Union[_spreads_pb2.SpreadCandidate, _Mapping]]] = ..., spread_deviation: _Optional[str] = ..., decision: _Optional[_Union[_spreads_pb2.RollDecision, _Mapping]] = ...) -> None: ...

class ListDatasetsRequest(_message.Message):
    __slots__ = ("root", "page_size", "page_token")
    ROOT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    root: str
    page_size: int
    page_token: str
    def __init__(self, root: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListDatasetsResponse(_message.Message):
    __slots__ = ("datasets", "next_page_token")
    DATASETS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    datasets: _containers.RepeatedCompositeFieldContainer[Dataset]
    next_page_token: str
    def __init__(self, datasets: _Optional[_Iterable[_Union[Dataset, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetDatasetRequest(_message.Message):
    __slots__ = ("dataset_id",)
    DATASET_ID_FIELD_NUMBER: _ClassVar[int]
    dataset_id: str
    def __init__(self, dataset_id: _Optional[str] = ...) -> None: ...

class GetDatasetResponse(_message.Message):
    __slots__ = ("dataset",)
    DATASET_FIELD_NUMBER: _ClassVar[int]
    dataset: Dataset
    def __init__(self, dataset: _Optional[_Union[Dataset, _Mapping]] = ...) -> None: ...

class ListContractBarsRequest(_message.Message):
    __slots__ = ("root",)
    ROOT_FIELD_NUMBER: _ClassVar[int]
    root: str
    def __init__(self, root: _Optional[str] = ...) -> None: ...

class ListContractBarsResponse(_message.Message):
    __slots__ = ("contracts",)
    CONTRACTS_FIELD_NUMBER: _ClassVar[int]
    contracts: _containers.RepeatedCompositeFieldContainer[ContractBars]
    def __init__(self, contracts: _Optional[_Iterable[_Union[ContractBars, _Mapping]]] = ...) -> None: ...

class ContractBars(_message.Message):
    __slots__ = ("contract", "rows", "first_time", "last_time")
    CONTRACT_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    FIRST_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_TIME_FIELD_NUMBER: _ClassVar[int]
    contract: str
    rows: int
    first_time: _timestamp_pb2.Timestamp
    last_time: _timestamp_pb2.Timestamp
    def __init__(self, contract: _Optional[str] = ..., rows: _Optional[int] = ..., first_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ExplainRollsRequest(_message.Message):
    __slots__ = ("dataset_id",)
    DATASET_ID_FIELD_NUMBER: _ClassVar[int]
    dataset_id: str
    def __init__(self, dataset_id: _Optional[str] = ...) -> None: ...

class ExplainRollsResponse(_message.Message):
    __slots__ = ("explanations",)
    EXPLANATIONS_FIELD_NUMBER: _ClassVar[int]
    explanations: _containers.RepeatedCompositeFieldContainer[RollExplanation]
    def __init__(self, explanations: _Optional[_Iterable[_Union[RollExplanation, _Mapping]]] = ...) -> None: ...

class RollExplanation(_message.Message):
    __slots__ = ("roll", "text")
    ROLL_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    roll: Roll
    text: str
    def __init__(self, roll: _Optional[_Union[Roll, _Mapping]] = ..., text: _Optional[str] = ...) -> None: ...

class DiffPoliciesRequest(_message.Message):
    __slots__ = ("root", "to", "as_of", "left", "right")
    ROOT_FIELD_NUMBER: _ClassVar[int]
    FROM_FIELD_NUMBER: _ClassVar[int]
    TO_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    LEFT_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    root: str
    to: str
    as_of: _timestamp_pb2.Timestamp
    left: RollPolicyChoice
    right: RollPolicyChoice
    def __init__(self, root: _Optional[str] = ..., to: _Optional[str] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., left: _Optional[_Union[RollPolicyChoice, _Mapping]] = ..., right: _Optional[_Union[RollPolicyChoice, _Mapping]] = ..., **kwargs) -> None: ...

class RollPolicyChoice(_message.Message):
    __slots__ = ("roll_trigger", "roll_instant", "spread", "max_stale_session_minutes", "roll_table", "max_spread_basis_points", "max_median_basis_points")
    ROLL_TRIGGER_FIELD_NUMBER: _ClassVar[int]
    ROLL_INSTANT_FIELD_NUMBER: _ClassVar[int]
    SPREAD_FIELD_NUMBER: _ClassVar[int]
    MAX_STALE_SESSION_MINUTES_FIELD_NUMBER: _ClassVar[int]
    ROLL_TABLE_FIELD_NUMBER: _ClassVar[int]
    MAX_SPREAD_BASIS_POINTS_FIELD_NUMBER: _ClassVar[int]
    MAX_MEDIAN_BASIS_POINTS_FIELD_NUMBER: _ClassVar[int]
    roll_trigger: str
    roll_instant: str
    spread: str
    max_stale_session_minutes: int
    roll_table: _containers.RepeatedCompositeFieldContainer[RollTableRow]
    max_spread_basis_points: int
    max_median_basis_points: int
    def __init__(self, roll_trigger: _Optional[str] = ..., roll_instant: _Optional[str] = ..., spread: _Optional[str] = ..., max_stale_session_minutes: _Optional[int] = ..., roll_table: _Optional[_Iterable[_Union[RollTableRow, _Mapping]]] = ..., max_spread_basis_points: _Optional[int] = ..., max_median_basis_points: _Optional[int] = ...) -> None: ...

class DiffPoliciesResponse(_message.Message):
    __slots__ = ("left_policy", "right_policy", "rolls", "rolls_differing")
    LEFT_POLICY_FIELD_NUMBER: _ClassVar[int]
    RIGHT_POLICY_FIELD_NUMBER: _ClassVar[int]
    ROLLS_FIELD_NUMBER: _ClassVar[int]
    ROLLS_DIFFERING_FIELD_NUMBER: _ClassVar[int]
    left_policy: str
    right_policy: str
    rolls: _containers.RepeatedCompositeFieldContainer[RollComparison]
    rolls_differing: int
    def __init__(self, left_policy: _Optional[str] = ..., right_policy: _Optional[str] = ..., rolls: _Optional[_Iterable[_Union[RollComparison, _Mapping]]] = ..., rolls_differing: _Optional[int] = ...) -> None: ...

class RollComparison(_message.Message):
    __slots__ = ("from_symbol", "left", "right", "differs", "spread_difference", "offset_difference", "text")
    FROM_SYMBOL_FIELD_NUMBER: _ClassVar[int]
    LEFT_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    DIFFERS_FIELD_NUMBER: _ClassVar[int]
    SPREAD_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    OFFSET_DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    from_symbol: str
    left: Roll
    right: Roll
    differs: bool
    spread_difference: str
    offset_difference: str
    text: str
    def __init__(self, from_symbol: _Optional[str] = ..., left: _Optional[_Union[Roll, _Mapping]] = ..., right: _Optional[_Union[Roll, _Mapping]] = ..., differs: _Optional[bool] = ..., spread_difference: _Optional[str] = ..., offset_difference: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...
