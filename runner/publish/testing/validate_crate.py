"""Runs rocrate-validator on a folder, for one profile and severity, and prints what it finds as JSON.

The validator reads JSON-LD contexts from the web. Tests may not, so it is given what they say of the terms that the
crate itself uses: schema.org's, but for these few.
"""

import json
import pathlib
import sys

import requests
from rocrate_validator import services  # pyright: ignore[reportMissingImports] (in the tools' own environment)
from rocrate_validator.models import Severity  # pyright: ignore[reportMissingImports] (in the tools' own environment)
from rocrate_validator.utils import http  # pyright: ignore[reportMissingImports] (in the tools' own environment)

folder, profile, severity = sys.argv[1:4]

SCHEMA = "http://schema.org/"
BIOSCHEMAS = "https://bioschemas.org/"
WORKFLOW_RUN = "https://w3id.org/ro/terms/workflow-run#"
OTHERS = {
    "ComputationalWorkflow": BIOSCHEMAS + "ComputationalWorkflow",
    "File": SCHEMA + "MediaObject",
    "FormalParameter": BIOSCHEMAS + "FormalParameter",
    "conformsTo": "http://purl.org/dc/terms/conformsTo",
    "input": BIOSCHEMAS + "ComputationalWorkflow#input",
    "output": BIOSCHEMAS + "ComputationalWorkflow#output",
    **{term: WORKFLOW_RUN + term for term in ("environment", "sha256", "containerImage", "resourceUsage")},
}


def terms(crate):
    """Every property and type that the crate's entities have."""
    for entity in crate["@graph"]:
        kinds = entity["@type"]
        yield from [kinds] if isinstance(kinds, str) else kinds
        yield from (name for name in entity if not name.startswith("@"))


def context():
    crate = json.loads((pathlib.Path(folder) / "ro-crate-metadata.json").read_text("utf-8"))
    return {"@context": {term: OTHERS.get(term, SCHEMA + term) for term in sorted(set(terms(crate)))}}


CONTEXT = json.dumps(context()).encode()
SERVED = ("https://w3id.org/ro/crate/1.1/context", "https://w3id.org/ro/terms/workflow-run/context")


def get(_requester, url, *_args, **_options):
    response = requests.Response()
    response.url = url
    response.status_code = 200 if url in SERVED else 404
    response._content = CONTEXT if url in SERVED else b""
    response.headers["Content-Type"] = "application/ld+json"
    return response


http.HttpRequester.get = get
http.HttpRequester.head = get

result = services.validate(
    services.ValidationSettings(
        rocrate_uri=folder,
        profile_identifier=profile,
        requirement_severity=Severity[severity],
        disable_inherited_profiles_issue_reporting=False,
    )
)
checks = len(result.executed_checks)
issues = [
    {
        "check": issue.check.identifier,
        "severity": issue.severity.name,
        "message": issue.message,
        "entity": issue.violatingEntity,
    }
    for issue in result.get_issues()
]
print(json.dumps({"checks": checks, "issues": issues}))
