"""A small shop API to point loadgate at: FastAPI on SQLite in memory.

Unlike loadgate's built-in demo, its time is really spent: queries, JSON, and password hashing.
"""

import hashlib
import os
import secrets
import sqlite3
import threading
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field

PASSWORD = os.environ.get("SHOP_PASSWORD", "testpass123")
PRODUCTS = 5_000
HASH_ROUNDS = 20_000

MATERIALS = ["Oak", "Linen", "Copper", "Glass", "Wool", "Walnut", "Cork", "Slate", "Cotton", "Brass"]
THINGS = ["Lamp", "Table", "Bowl", "Chair", "Shelf", "Clock", "Vase", "Stool", "Frame", "Tray"]


class Shop:
    """The shop's state. One connection, one lock: requests queue for it as they would for a small pool."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.salt = secrets.token_bytes(16)
        self.password_hash = self.hash(PASSWORD)
        self.tokens: set[str] = set()
        self.db = sqlite3.connect(":memory:", check_same_thread=False)
        self.db.row_factory = sqlite3.Row
        self.db.executescript(
            """
            CREATE TABLE product (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price_cents INTEGER NOT NULL);
            CREATE TABLE review (id INTEGER PRIMARY KEY, product_id INTEGER NOT NULL, stars INTEGER NOT NULL);
            CREATE INDEX review_product ON review (product_id);
            CREATE TABLE cart (id INTEGER PRIMARY KEY, product_id INTEGER NOT NULL);
            CREATE TABLE purchase (id INTEGER PRIMARY KEY, cart_id INTEGER NOT NULL, quantity INTEGER NOT NULL);
            """
        )
        self.db.executemany(
            "INSERT INTO product VALUES (?, ?, ?)",
            (
                (i, f"{MATERIALS[i % 10]} {THINGS[i // 10 % 10]} {i // 100}", 499 + i * 37 % 20_000)
                for i in range(1, PRODUCTS + 1)
            ),
        )
        self.db.executemany(
            "INSERT INTO review (product_id, stars) VALUES (?, ?)",
            ((i % PRODUCTS + 1, i * 7 % 5 + 1) for i in range(PRODUCTS * 4)),
        )

    def hash(self, password: str) -> bytes:
        return hashlib.pbkdf2_hmac("sha256", password.encode(), self.salt, HASH_ROUNDS)

    def all(self, sql: str, *values: object) -> list[dict]:
        with self.lock:
            return [dict(row) for row in self.db.execute(sql, values)]

    def insert(self, sql: str, *values: object) -> int:
        with self.lock:
            return self.db.execute(sql, values).lastrowid


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.shop = Shop()
    yield


app = FastAPI(title="Shop", lifespan=lifespan)
bearer = HTTPBearer(auto_error=False)


def shop() -> Shop:
    return app.state.shop


def logged_in(
    shop: Annotated[Shop, Depends(shop)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> None:
    if credentials is None or credentials.credentials not in shop.tokens:
        raise HTTPException(401, "log in at POST /auth/login first", {"WWW-Authenticate": "Bearer"})


class Login(BaseModel):
    email: str = Field(pattern="@")
    password: str


class CartItem(BaseModel):
    product_id: int


class Order(BaseModel):
    cart_id: int
    quantity: int = Field(default=1, ge=1)


ShopState = Annotated[Shop, Depends(shop)]


@app.get("/health")
async def health() -> dict:
    return {"status": "ok"}


@app.post("/auth/login")
def login(shop: ShopState, login: Login) -> dict:
    if not secrets.compare_digest(shop.hash(login.password), shop.password_hash):
        raise HTTPException(401, "wrong email or password")
    token = secrets.token_urlsafe(24)
    shop.tokens.add(token)
    return {"access_token": token, "token_type": "bearer"}


@app.get("/products")
def products(
    shop: ShopState,
    page: Annotated[int, Query(ge=1)] = 1,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> dict:
    items = shop.all(
        """
        SELECT product.*, avg(review.stars) AS stars FROM product JOIN review ON review.product_id = product.id
        GROUP BY product.id ORDER BY product.id LIMIT ? OFFSET ?
        """,
        limit,
        (page - 1) * limit,
    )
    return {"page": page, "limit": limit, "total": PRODUCTS, "items": items}


@app.get("/products/{product_id}")
def product(shop: ShopState, product_id: int) -> dict:
    rows = shop.all("SELECT * FROM product WHERE id = ?", product_id)
    if not rows:
        raise HTTPException(404, f"no product {product_id}")
    stars = shop.all("SELECT avg(stars) AS stars, count(*) AS reviews FROM review WHERE product_id = ?", product_id)
    return rows[0] | stars[0]


@app.post("/cart", status_code=201, dependencies=[Depends(logged_in)])
def add_to_cart(shop: ShopState, item: CartItem) -> dict:
    if not shop.all("SELECT id FROM product WHERE id = ?", item.product_id):
        raise HTTPException(404, f"no product {item.product_id}")
    return {"cart_id": shop.insert("INSERT INTO cart (product_id) VALUES (?)", item.product_id)}


@app.post("/orders", status_code=201, dependencies=[Depends(logged_in)])
def create_order(shop: ShopState, order: Order) -> dict:
    if not shop.all("SELECT id FROM cart WHERE id = ?", order.cart_id):
        raise HTTPException(404, f"no cart {order.cart_id}")
    order_id = shop.insert(
        "INSERT INTO purchase (cart_id, quantity) VALUES (?, ?)", order.cart_id, order.quantity
    )
    return {"order_id": order_id, "quantity": order.quantity}
