INSERT INTO shop.goods VALUES (1, 'x');
