package io.portolan.dist;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.FileAppender;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** The log of a process that serves. Stateless. */
final class Logs {
    private static final String PATTERN = "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX,UTC} %-5level %logger{0} %msg%n%ex{8}";

    private Logs() {}

    /** Leads what libraries log by other means into the one log; it goes to standard error, state changes and up. */
    static void open() {
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
    }

    /** As {@link #open}, but state changes go to the file, and only warnings to the person at the terminal as well. */
    static void open(Path file) {
        open();
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        var encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(PATTERN);
        encoder.start();
        var appender = new FileAppender<ILoggingEvent>();
        appender.setContext(context);
        appender.setName("file");
        appender.setFile(file.toString());
        appender.setEncoder(encoder);
        appender.start();
        console(Level.WARN);
        context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(appender);
    }

    /** From now on the person at the terminal is told of errors only; the file has all as before. */
    static void errorsOnly() {
        console(Level.ERROR);
    }

    private static void console(Level least) {
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        var filter = new ThresholdFilter();
        filter.setLevel(least.levelStr);
        filter.start();
        context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("console").addFilter(filter);
    }
}
