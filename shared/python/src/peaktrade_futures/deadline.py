"""A deadline for every call that names none: a service that hangs must not hang its caller."""

from __future__ import annotations

import collections

import grpc


class _Details(
    collections.namedtuple("_Details", ("method", "timeout", "metadata", "credentials", "wait_for_ready", "compression")),
    grpc.ClientCallDetails,
):
    pass


class DefaultDeadline(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Sets `seconds` as the timeout of calls made without one."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def _proceed(self, continuation, details, request):
        timeout = self._seconds if details.timeout is None else details.timeout
        bounded = _Details(
            details.method,
            timeout,
            details.metadata,
            details.credentials,
            getattr(details, "wait_for_ready", None),
            getattr(details, "compression", None),
        )
        return continuation(bounded, request)

    def intercept_unary_unary(self, continuation, client_call_details, request):
        return self._proceed(continuation, client_call_details, request)

    def intercept_unary_stream(self, continuation, client_call_details, request):
        return self._proceed(continuation, client_call_details, request)

    def intercept_stream_unary(self, continuation, client_call_details, request_iterator):
        return self._proceed(continuation, client_call_details, request_iterator)

    def intercept_stream_stream(self, continuation, client_call_details, request_iterator):
        return self._proceed(continuation, client_call_details, request_iterator)
