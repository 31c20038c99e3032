package io.portolan.director;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.xbill.DNS.ClientSubnetOption;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** A DNS client for tests, with dnsjava for the wire. */
final class Dig {
    private static final int TIMEOUT_MILLIS = 5_000;
    private static final int ATTEMPTS = 4;

    private Dig() {}

    static Message query(String name, int type) {
        try {
            var message = Message.newQuery(Record.newRecord(Name.fromString(name, Name.root), type, DClass.IN));
            message.getHeader().unsetFlag(Flags.RD);
            return message;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** A query with a client subnet such as {@code 81.2.69.0/24}. */
    static Message query(String name, int type, String subnet) {
        var message = query(name, type);
        int slash = subnet.indexOf('/');
        var option = new ClientSubnetOption(
                Integer.parseInt(subnet.substring(slash + 1)), InetAddress.ofLiteral(subnet.substring(0, slash)));
        message.addRecord(new OPTRecord(1232, 0, 0, 0, option), Section.ADDITIONAL);
        return message;
    }

    static Message udp(InetSocketAddress server, Message query) {
        return parse(udp(server, query.toWire()));
    }

    static byte[] udp(InetSocketAddress server, byte[] query) {
        try (var socket = new DatagramSocket()) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                socket.send(new DatagramPacket(query, query.length, server));
                var packet = new DatagramPacket(new byte[65535], 65535);
                try {
                    socket.receive(packet);
                    return Arrays.copyOf(packet.getData(), packet.getLength());
                } catch (SocketTimeoutException lost) {
                    // A datagram may be lost: asked again, as a resolver would.
                }
            }
            throw new AssertionError("no answer from " + server);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Sends all queries on one connection before it reads the answers. */
    static List<Message> tcp(InetSocketAddress server, Message... queries) {
        try (var socket = new Socket(server.getAddress(), server.getPort())) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            var all = new ByteArrayOutputStream();
            for (var query : queries) {
                var wire = query.toWire();
                all.writeBytes(
                        ByteBuffer.allocate(2).putShort((short) wire.length).array());
                all.writeBytes(wire);
            }
            socket.getOutputStream().write(all.toByteArray());
            var in = new DataInputStream(socket.getInputStream());
            var answers = new ArrayList<Message>();
            for (int i = 0; i < queries.length; i++) {
                var wire = new byte[in.readUnsignedShort()];
                in.readFully(wire);
                answers.add(parse(wire));
            }
            return answers;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static Message parse(byte[] wire) {
        try {
            return new Message(wire);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Data of the answer section, in order. */
    static List<String> data(Message answer) {
        return answer.getSection(Section.ANSWER).stream()
                .map(Record::rdataToString)
                .toList();
    }

    /** Scope that the answer's client subnet carries. */
    static int scope(Message answer) {
        return answer.getOPT().getOptions().stream()
                .filter(ClientSubnetOption.class::isInstance)
                .map(ClientSubnetOption.class::cast)
                .findFirst()
                .orElseThrow()
                .getScopePrefixLength();
    }
}
