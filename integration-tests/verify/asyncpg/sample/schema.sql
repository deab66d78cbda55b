-- A shop: what PostgreSQL has besides tables of plain columns.
CREATE SCHEMA audit;

CREATE TYPE mood AS ENUM ('happy', 'sad', 'curious');
CREATE TYPE order_state AS ENUM ('new', 'paid', 'shipped', 'returned');
CREATE TYPE address AS (street text, city text, zip varchar(10));
CREATE TYPE contact AS (kind text, addresses address[]);
CREATE DOMAIN positive AS numeric(10, 2) CHECK (VALUE > 0);
CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');

CREATE FUNCTION is_sku(value text) RETURNS boolean LANGUAGE sql VOLATILE AS $$ SELECT value ~ '^[A-Z]{2}-[0-9]+$' $$;
CREATE DOMAIN sku AS text CHECK (is_sku(VALUE));

CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    name text NOT NULL,
    nick varchar(8),
    code char(4),
    email email,
    mood mood NOT NULL DEFAULT 'happy',
    home address,
    tags text[] NOT NULL DEFAULT '{}',
    settings jsonb NOT NULL DEFAULT '{}',
    seen_from inet,
    born date,
    score real,
    active boolean NOT NULL DEFAULT true,
    joined timestamptz NOT NULL DEFAULT now(),
    wakes time,
    UNIQUE (name, born)
);

CREATE TABLE products (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku sku NOT NULL UNIQUE,
    title text NOT NULL,
    price positive NOT NULL,
    discount double precision NOT NULL DEFAULT 0,
    gross numeric(12, 2) GENERATED ALWAYS AS (price * 1.19) STORED,
    stock smallint NOT NULL DEFAULT 0,
    sizes int4range,
    photo bytea,
    weights numeric[] NOT NULL DEFAULT '{}',
    seasons int4multirange NOT NULL DEFAULT '{}'
);

CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY,
    customer_id bigint NOT NULL REFERENCES customers (id),
    state order_state NOT NULL DEFAULT 'new',
    history order_state[] NOT NULL DEFAULT '{}',
    placed timestamp(0) NOT NULL DEFAULT now(),
    took interval,
    ship_to address,
    PRIMARY KEY (id, placed)
) PARTITION BY RANGE (placed);
CREATE TABLE orders_old PARTITION OF orders FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE orders_new PARTITION OF orders FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);

CREATE TABLE items (
    order_id bigint NOT NULL,
    line smallint NOT NULL,
    product_id integer NOT NULL REFERENCES products (id),
    amount integer NOT NULL CHECK (amount > 0),
    price numeric(10, 2) NOT NULL,
    note text,
    PRIMARY KEY (order_id, line)
);

CREATE TABLE audit.log (
    id serial PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    what text NOT NULL,
    detail json
);
CREATE TABLE nodes (id integer PRIMARY KEY, parent integer REFERENCES nodes (id), label text NOT NULL);
CREATE TABLE things (id integer NOT NULL, name text NOT NULL);
CREATE TABLE special_things (extra text) INHERITS (things);

CREATE SEQUENCE tickets;

CREATE VIEW best_customers AS
    SELECT c.id, c.name, count(o.id) AS orders FROM customers c LEFT JOIN orders o ON o.customer_id = c.id
    GROUP BY c.id, c.name;
CREATE MATERIALIZED VIEW sales AS
    SELECT product_id, sum(amount) AS sold, sum(amount * price) AS turnover FROM items GROUP BY product_id;

CREATE FUNCTION total_of(wanted bigint) RETURNS numeric LANGUAGE sql STABLE
    AS $$ SELECT coalesce(sum(amount * price), 0) FROM items WHERE order_id = wanted $$;
CREATE FUNCTION orders_of(wanted bigint) RETURNS TABLE (id bigint, state order_state) LANGUAGE sql STABLE
    AS $$ SELECT id, state FROM orders WHERE customer_id = wanted $$;
CREATE PROCEDURE note(what text) LANGUAGE sql AS $$ INSERT INTO audit.log (what) VALUES (what) $$;
