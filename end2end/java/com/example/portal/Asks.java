package com.example.portal;

/** In the place of Spring's server: one request, whose headers stand in the environment. */
class Asks {
    public static void main(String[] arguments) throws Exception {
        var listed = new ListController().objects(System.getenv("DATA"), System.getenv("TOKEN"));
        listed.forEach(System.out::println);
    }
}
