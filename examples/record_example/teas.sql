CREATE TABLE teas (name text PRIMARY KEY, stock integer NOT NULL);
CREATE TABLE orders (number text PRIMARY KEY, tea text NOT NULL REFERENCES teas);
INSERT INTO teas VALUES ('green', 2), ('black', 12), ('white', 0);
