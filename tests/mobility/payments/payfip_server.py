"""A server that speaks PayFiP's protocol (SOAP 1.1, by the service's own description), and Mollie's (JSON)."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
SERVICE = (
    "http://securite.service.tpa.cp.finances.gouv.fr/services/mas_securite/contrat_paiement_securise/"
    "PaiementSecuriseService"
)
REAL = "https://www.payfip.gouv.fr/tpa/services/securite"
FAULT = "fr.gouv.finances.cp.tpa.webservice.exceptions.FonctionnelleErreur"


class PayfipServer(ThreadingHTTPServer):
    """Its operations by idOp, and how each ended: "" (nobody paid yet), P, V, R, Z, A, or an error code."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.operations: dict[str, dict[str, str]] = {}
        self.endings: dict[str, str] = {}
        self.mollie: dict[str, dict[str, object]] = {}
        self.is_silent = False

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: PayfipServer

    def do_GET(self) -> None:
        if self.server.is_silent:
            self._hang_up()
        elif self.path.startswith("/v2/payments/"):
            name = self.path.rpartition("/")[2]
            found = self.server.mollie.get(name)
            self._send(200 if found else 404, json.dumps(found or {"detail": "No payment"}).encode())
        else:
            name = "PaiementSecuriseService" + (
                ".wsdl" if self.path == "/wsdl" else self.path[self.path.rindex("_") :]
            )
            text = (files("eopayment") / "resource" / name).read_text(encoding="utf-8")
            self._send(200, text.replace(REAL, f"{self.server.address}/soap").encode(), "text/xml")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.server.is_silent:
            self._hang_up()
        elif self.path == "/v2/payments":
            self._send(201, json.dumps(self._mollie(json.loads(body))).encode())
        else:
            self._soap(ET.fromstring(body))

    def _mollie(self, asked: dict[str, object]) -> dict[str, object]:
        name = f"tr_{len(self.server.mollie) + 1}"
        made = {"id": name, "status": "open", "mode": "test", "amount": asked["amount"]} | {
            "_links": {"checkout": {"href": f"https://www.mollie.com/pay/{name}"}}
        }
        self.server.mollie[name] = made
        return made

    def _soap(self, envelope: ET.Element) -> None:
        request = envelope[-1][0]
        operation = request.tag.rpartition("}")[2]
        fields = {one.tag.rpartition("}")[2]: one.text or "" for one in request[0]}
        if operation == "creerPaiementSecurise":
            if len(fields["numcli"]) != 6 or fields["numcli"] == "000000":
                self._fault("T1", "numéro de client inconnu")
                return
            idop = f"{len(self.server.operations) + 1:08x}-idop"
            self.server.operations[idop] = fields
            self._answer(operation, {"idOp": idop})
            return
        idop = fields["idOp"]
        ending, asked = self.server.endings.get(idop, ""), self.server.operations.get(idop)
        if asked is None:
            self._fault("P1", "IdOp incorrect")
        elif len(ending) == 1:
            kept = {
                key: asked[key] for key in ("exer", "mel", "montant", "numcli", "objet", "refdet", "saisie")
            }
            when = {"dattrans": "10032026", "heurtrans": "1201", "numauto": "112233"}
            self._answer(operation, kept | when | {"idOp": idop, "resultrans": ending})
        else:
            self._fault(ending or "P5", "Résultat de la transaction non connu")

    def _answer(self, operation: str, fields: dict[str, str]) -> None:
        order = sorted(fields, key=str.lower)
        inner = "".join(f"<{key}>{fields[key]}</{key}>" for key in order)
        self._envelope(
            200,
            f'<n:{operation}Response xmlns:n="{SERVICE}"><return>{inner}</return></n:{operation}Response>',
        )

    def _fault(self, code: str, words: str) -> None:
        detail = (
            f'<n:FonctionnelleErreur xmlns:n="{SERVICE}"><code>{code}</code><descriptif>{words}</descriptif>'
            "<libelle/><message/><severite>2</severite></n:FonctionnelleErreur>"
        )
        self._envelope(
            500,
            f"<s:Fault><faultcode>s:Server</faultcode><faultstring>{FAULT}</faultstring>"
            f"<detail>{detail}</detail></s:Fault>",
        )

    def _envelope(self, status: int, inner: str) -> None:
        text = f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{inner}</s:Body></s:Envelope>'
        self._send(status, text.encode(), "text/xml")

    def _send(self, status: int, content: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(2)

    def log_message(self, *args: object) -> None:
        pass
