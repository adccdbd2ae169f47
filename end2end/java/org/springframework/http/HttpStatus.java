package org.springframework.http;

/** In the place of Spring's. */
public enum HttpStatus {
    FORBIDDEN
}
