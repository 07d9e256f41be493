"""The door for HTTP: the application, put together."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

from anyio import to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from ground.refusal import RefusedError
from mobility.accounts.caller import Caller
from mobility.acts.accounts.sign_in import authenticate
from mobility.acts.audit.ports import AuditError
from mobility.acts.earnings import EarningsError
from mobility.acts.entity_tag import ChangedMeanwhileError
from mobility.acts.policies import PublicationError
from mobility.acts.sales.close_day import DayError
from mobility.acts.sales.own_orders import find_guest
from mobility.acts.sales.own_products import own_rider
from mobility.acts.sales.scans import ScanError
from mobility.acts.sales.tariffs import TariffPublicationError
from mobility.acts.trips.ports import TripRefusedError
from mobility.bootstrap import Services, build_services, load_settings
from mobility.http.account_problems import account_problems
from mobility.http.accounts import accounts_router
from mobility.http.audit import audit_problem, audit_router
from mobility.http.boards import board_routes
from mobility.http.carpool_bookings import carpool_bookings_router
from mobility.http.carpool_data import carpool_data_router
from mobility.http.carpool_lines import carpool_lines_router
from mobility.http.carpool_rides import carpool_rides_router
from mobility.http.carpool_subsidies import carpool_subsidies_router, subsidy_problem
from mobility.http.carpool_trips import carpool_trips_router, trip_problem
from mobility.http.entity_tags import changed_problem
from mobility.http.feeds import feed_routes
from mobility.http.geocode import geocode_router
from mobility.http.health import health_routes
from mobility.http.inspection import inspection_router, scan_problem
from mobility.http.log_lines import configure_logging
from mobility.http.metrics import Metrics, metrics_routes
from mobility.http.my_account import my_account_router
from mobility.http.my_earnings import earnings_problem, my_earnings_router
from mobility.http.on_demand_day import on_demand_day_router
from mobility.http.on_demand_operator import on_demand_operator_router
from mobility.http.on_demand_rides import on_demand_rides_router
from mobility.http.on_demand_rules import on_demand_rules_router
from mobility.http.on_demand_waiting import on_demand_waiting_router
from mobility.http.openapi import openapi_routes, operation_id
from mobility.http.order_refunds import order_refunds_router
from mobility.http.orders import orders_router
from mobility.http.partner_messages import messages_router
from mobility.http.payments import payments_router
from mobility.http.plan import plan_routes
from mobility.http.plan_parameters import PlanLimits
from mobility.http.problems import Problem, problem_response
from mobility.http.reach import reach_routes
from mobility.http.refresh import refresh_routes
from mobility.http.refusal_problems import refusal_problem
from mobility.http.request_scope import RequestLimits, RequestScope
from mobility.http.sales import sales_problem, sales_router
from mobility.http.sign_in import sign_in_router
from mobility.http.standard_covoiturage import standard_covoiturage_router
from mobility.http.tariffs import tariff_problem, tariffs_router
from mobility.http.ticket_codes import ticket_codes_router
from mobility.http.vehicles import vehicle_routes
from mobility.http.who import BearerOrKey
from mobility.http.worker_metrics import WorkerCollector
from mobility.journeys.serving import NothingToServeError
from mobility.pages.accounts import account_pages
from mobility.pages.carpool import carpool_pages
from mobility.pages.earnings import earnings_pages
from mobility.pages.exchange import exchange_pages
from mobility.pages.inspection import inspection_pages
from mobility.pages.journeys import pages_router
from mobility.pages.on_demand import on_demand_pages
from mobility.pages.on_demand_manifest import manifest_pages
from mobility.pages.on_demand_waiting import waiting_pages
from mobility.pages.page_sessions import PageSessions
from mobility.pages.phone_desk import phone_desk_pages
from mobility.pages.queue import queue_pages
from mobility.pages.receipt import receipt_pages
from mobility.pages.sandbox_bank import sandbox_bank_pages
from mobility.pages.tickets import ticket_pages
from mobility.pages.till import till_pages
from ticketing.policy_fields import PolicyError
from ticketing.pricing.rider import Rider
from ticketing.sales.apportionment import ApportionmentError
from ticketing.subsidy import NoPolicyError
from ticketing.tariff.read_tariff import TariffError

PLAN_THREADS = 4
"""Journeys planned at a time in one process. The kernels run beside each other and the rest takes turns, so that more
than there are cores only helps when one question takes long; many more are in each other's way."""


def create_app(services: Services | None = None) -> FastAPI:
    """The application. On given services, which the caller starts and closes; else on what the settings choose,
    started and closed with the application. Raises ConfigurationError."""
    own = services is None
    services = services or build_services(load_settings())
    settings = services.settings
    configure_logging(settings.log_level, settings.log_format)
    metrics = Metrics()
    metrics.add(WorkerCollector(services.unit_of_work, services.acts.now))
    services.live.listen(metrics.observe_poll)
    limits = PlanLimits(
        settings.query_window_s_max,
        settings.query_time_limit_s,
        settings.query_itineraries_max,
        settings.walk_distance_m_max,
    )
    app = FastAPI(
        title="mobility",
        version="v6",
        generate_unique_id_function=operation_id,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan(services) if own else None,
        middleware=[
            Middleware(
                RequestScope,
                limits=RequestLimits(settings.request_bytes_max, settings.rate_limit_per_minute),
                metrics=metrics,
                count=services.cache.increment,
            ),
            Middleware(
                CORSMiddleware,
                allow_origins=settings.cors_origins,
                allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
                allow_headers=["*"],
                expose_headers=["X-Request-Id", "Retry-After", "ETag", "Location"],
                max_age=86400,
            ),
        ],
    )
    app.router.routes.extend(
        [
            *plan_routes(services.current, limits, metrics, PLAN_THREADS),
            *reach_routes(services.current, limits, PLAN_THREADS),
            *board_routes(services.current),
            *refresh_routes(services.current),
            *vehicle_routes(services.current),
            *health_routes(services.current, services.live.list_statuses),
            *feed_routes(services.unit_of_work),
            *metrics_routes(metrics, services.live.list_statuses),
        ]
    )
    _include_routers(app, services)
    app.router.routes.extend(openapi_routes(app))
    _answer_problems(app)
    return app


def _include_routers(app: FastAPI, services: Services) -> None:
    """Accounts and carpool lines, over HTTP and as pages."""
    who = BearerOrKey(partial(_whose, services))
    app.include_router(geocode_router(services))
    app.include_router(sign_in_router(services.accounts, who))
    app.include_router(my_account_router(services.accounts, who))
    app.include_router(accounts_router(services.accounts, who))
    app.include_router(carpool_lines_router(services.acts, who))
    app.include_router(carpool_data_router(services.acts, services.carpool_operator))
    app.include_router(carpool_rides_router(services.acts, who))
    app.include_router(carpool_bookings_router(services.acts, who))
    app.include_router(carpool_trips_router(services.trips, who))
    app.include_router(carpool_subsidies_router(services.acts, who))
    app.include_router(standard_covoiturage_router(services.standard, who))
    app.include_router(messages_router(services.acts, who))
    app.include_router(on_demand_operator_router(services.on_demand, who, services.on_demand_publisher))
    app.include_router(on_demand_day_router(services.on_demand, who))
    app.include_router(on_demand_rides_router(services.on_demand, who))
    app.include_router(on_demand_waiting_router(services.on_demand, who))
    app.include_router(on_demand_rules_router(services.on_demand, who))
    app.include_router(orders_router(services.sales, who))
    app.include_router(order_refunds_router(services.sales, who))
    app.include_router(tariffs_router(services.acts, who))
    app.include_router(payments_router(services.sales, who))
    app.include_router(inspection_router(services.tickets, who))
    app.include_router(ticket_codes_router(services.tickets, who))
    page_sessions = PageSessions(services.accounts)
    app.include_router(account_pages(services.accounts, page_sessions))
    app.include_router(earnings_pages(services.acts, page_sessions))
    app.include_router(carpool_pages(services.acts, page_sessions, services.settings.carpool_operator_phone))
    app.include_router(on_demand_pages(services.on_demand, page_sessions))
    app.include_router(waiting_pages(services.on_demand, page_sessions))
    app.include_router(phone_desk_pages(services.on_demand, page_sessions))
    app.include_router(ticket_pages(services.sales, services.tickets, page_sessions))
    app.include_router(exchange_pages(services.sales, page_sessions))
    app.include_router(till_pages(services.sales, page_sessions))
    app.include_router(receipt_pages(services.sales, page_sessions))
    if services.payments.sandbox is not None:
        app.include_router(sandbox_bank_pages(services.payments.sandbox, page_sessions))
    app.include_router(queue_pages(services.trips, page_sessions))
    app.include_router(inspection_pages(services.tickets, page_sessions))
    app.include_router(manifest_pages(services.on_demand, page_sessions))
    app.include_router(audit_router(services.audit, who))
    app.include_router(sales_router(services.acts, who))
    app.include_router(my_earnings_router(services.acts, who))
    app.include_router(
        pages_router(
            services, lambda: dt.datetime.now(dt.UTC), partial(_own_products, services, page_sessions)
        )
    )


def _own_products(services: Services, sessions: PageSessions, request: Request, rider: Rider) -> Rider:
    """A rider with what whoever is signed in has bought."""
    caller = sessions.caller(request)
    return rider if caller is None else own_rider(services.sales, caller, rider)


def _whose(services: Services, token: str, address: str) -> Caller | None:
    """Whose token or key it is: somebody's with an account, a partner's, or a guest's, of one order."""
    return find_guest(services.sales, token) or authenticate(services.accounts, token, address)


def _lifespan(services: Services) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        await to_thread.run_sync(services.start)
        try:
            yield
        finally:
            await to_thread.run_sync(services.close)

    return running


def _answer_problems(app: FastAPI) -> None:
    """Every error leaves as problem details."""

    @app.exception_handler(Problem)
    async def _problem(request: Request, problem: Problem) -> Response:
        return problem_response(request, problem)

    for kind, make in account_problems().items():
        app.add_exception_handler(kind, partial(_refused, make))
    app.add_exception_handler(ChangedMeanwhileError, partial(_refused, changed_problem))
    app.add_exception_handler(RefusedError, partial(_refused, refusal_problem))
    app.add_exception_handler(TripRefusedError, partial(_refused, trip_problem))
    app.add_exception_handler(ScanError, partial(_refused, scan_problem))
    for kind in (PolicyError, PublicationError, NoPolicyError):
        app.add_exception_handler(kind, partial(_refused, subsidy_problem))

    for kind in (TariffError, TariffPublicationError):
        app.add_exception_handler(kind, partial(_refused, tariff_problem))
    app.add_exception_handler(AuditError, partial(_refused, audit_problem))
    for refusal in (DayError, ApportionmentError):
        app.add_exception_handler(refusal, partial(_refused, sales_problem))
    app.add_exception_handler(EarningsError, partial(_refused, earnings_problem))

    @app.exception_handler(NothingToServeError)
    async def _nothing_to_serve(request: Request, error: NothingToServeError) -> Response:
        return problem_response(
            request,
            Problem(
                503,
                "nothing-to-serve",
                "Aucun horaire n’est chargé. Importez-en un : « mobility feed import FICHIER ».",
                "No timetable is loaded. Import one: 'mobility feed import FILE'.",
                headers={"Retry-After": "10"},
            ),
        )

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        return problem_response(request, _of_status(error))

    @app.exception_handler(RequestValidationError)
    async def _validation(request: Request, error: RequestValidationError) -> Response:
        return problem_response(request, _of_validation(error.errors()))


def _refused(make: Callable[[Any], Problem], request: Request, error: Exception) -> Response:
    return problem_response(request, make(error))


def _of_status(error: HTTPException) -> Problem:
    headers = dict(error.headers or {})
    if error.status_code == 404:
        return Problem(
            404,
            "not-found",
            "Cette adresse n’existe pas. La documentation : /docs.",
            "There is nothing at this address. The documentation: /docs.",
            headers=headers,
        )
    if error.status_code == 405:
        return Problem(
            405,
            "method-not-allowed",
            "Cette adresse n’admet pas cette méthode.",
            "This address does not take that method.",
            headers=headers,
        )
    return Problem(error.status_code, "bad-parameter", str(error.detail), str(error.detail), headers=headers)


def _of_validation(errors: Any) -> Problem:
    first = errors[0] if errors else {"loc": (), "msg": "invalid"}
    name = str(first["loc"][-1]) if first["loc"] else ""
    return Problem(
        400,
        "bad-parameter",
        f"Le paramètre « {name} » ne convient pas : {first['msg']}.",
        f"The parameter '{name}' does not fit: {first['msg']}.",
        field=name,
    )
