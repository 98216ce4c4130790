CREATE TABLE users (id int NOT NULL AUTO_INCREMENT, PRIMARY KEY (id));
CREATE TABLE posts (id int NOT NULL, user_id int, PRIMARY KEY (id), CONSTRAINT fk_posts_users FOREIGN KEY (user_id) REFERENCES users (id));
