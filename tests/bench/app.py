# SPDX-License-Identifier: Apache-2.0
"""An application that checks its tokens itself, by a dependency of FastAPI's
that calls python-jose.  Run by uvicorn, in a folder with keys.json."""
import json
import pathlib

from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import PlainTextResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from jose import JWTError, jwt

KEYS = {key["kid"]: key
        for key in json.loads(pathlib.Path("keys.json").read_text())["keys"]}

app = FastAPI()


async def user(
        bearer: HTTPAuthorizationCredentials = Depends(HTTPBearer())):
    token = bearer.credentials
    try:
        key = KEYS[jwt.get_unverified_header(token)["kid"]]
        return jwt.decode(token, key, algorithms=["RS256"], audience="api",
                          issuer="https://issuer.example")["sub"]
    except (JWTError, KeyError) as error:
        raise HTTPException(401) from error


@app.get("/page", response_class=PlainTextResponse)
async def page(_: str = Depends(user)):
    return "hello\n"


@app.get("/open", response_class=PlainTextResponse)
async def open_page():
    return "hello\n"
