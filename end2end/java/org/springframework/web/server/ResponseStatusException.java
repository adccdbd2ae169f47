package org.springframework.web.server;

import org.springframework.http.HttpStatus;

/** In the place of Spring's. */
public class ResponseStatusException extends RuntimeException {
    public ResponseStatusException(HttpStatus status) {
        super(status.name());
    }
}
